//! The words of US addresses and the one spelling that each has here.
//!
//! Each row is a spelling and the others that mean it. Suffixes are appendix C1 of USPS Publication 28 (Postal Addressing
//! Standards), which names for each suffix what people write; below it are a few that lists have and the appendix has not.
//! Directionals are its section 233, unit designators its appendix C2, states its appendix B and, behind them, the
//! abbreviations that were usual before 1963 (GPO Style Manual, chapter 9), highways its appendix F, and what stands for a
//! PO box or a rural route its sections 24, 25 and 28.

use std::collections::HashMap;
use std::sync::LazyLock;

const SUFFIXES: &str = "\
    aly alley allee ally;anx anex annex annx;arc arcade;ave avenue av aven avenu avn avnue;byu bayou bayoo;bch beach;\
    bnd bend;blf bluff bluf;blfs bluffs;btm bottom bot bottm;blvd boulevard boul boulv;br branch brnch;brg bridge brdge;\
    brk brook;brks brooks;bg burg;bgs burgs;byp bypass bypa bypas byps;cp camp cmp;cyn canyon canyn cnyn;cpe cape;\
    cswy causeway causwa;ctr center cen cent centr centre cnter cntr;ctrs centers;cir circle circ circl crcl crcle;\
    cirs circles;clf cliff;clfs cliffs;clb club;cmn common;cmns commons;cor corner;cors corners;crse course;ct court;\
    cts courts;cv cove;cvs coves;crk creek;cres crescent crsent crsnt;crst crest;xing crossing crssng;xrd crossroad;\
    xrds crossroads;curv curve;dl dale;dm dam;dv divide div dvd;dr drive driv drv;drs drives;est estate;ests estates;\
    expy expressway exp expr express expw;ext extension extn extnsn;exts extensions;fall;fls falls;fry ferry frry;\
    fld field;flds fields;flt flat;flts flats;frd ford;frds fords;frst forest forests;frg forge forg;frgs forges;\
    frk fork;frks forks;ft fort frt;fwy freeway freewy frway frwy;gdn garden gardn grden grdn;gdns gardens grdns;\
    gtwy gateway gatewy gatway gtway;gln glen;glns glens;grn green;grns greens;grv grove grov;grvs groves;\
    hbr harbor harb harbr hrbor;hbrs harbors;hvn haven;hts heights ht;hwy highway highwy hiway hiwy hway;hl hill;\
    hls hills;holw hollow hllw hollows holws;inlt inlet;is island islnd;iss islands islnds;isle isles;\
    jct junction jction jctn junctn juncton;jcts junctions jctns;ky key;kys keys;knl knoll knol;knls knolls;lk lake;\
    lks lakes;land;lndg landing lndng;ln lane;lgt light;lgts lights;lf loaf;lck lock;lcks locks;ldg lodge ldge lodg;\
    loop loops;mall;mnr manor;mnrs manors;mdw meadow;mdws meadows medows;mews;ml mill;mls mills;msn mission missn mssn;\
    mtwy motorway;mt mount mnt;mtn mountain mntain mntn mountin mtin;mtns mountains mntns;nck neck;\
    orch orchard orchrd;oval ovl;opas overpass;park parks prk;pkwy parkway parkways parkwy pkway pkwys pky;pass;\
    psge passage;path paths;pike pikes;pne pine;pnes pines;pl place;pln plain;plns plains;plz plaza plza;pt point;\
    pts points;prt port;prts ports;pr prairie prr;radl radial rad radiel;ramp;rnch ranch ranches rnchs;rpd rapid;\
    rpds rapids;rst rest;rdg ridge rdge;rdgs ridges;riv river rivr rvr;rd road;rds roads;rte route;row;rue;run;\
    shl shoal;shls shoals;shr shore shoar;shrs shores shoars;skwy skyway;spg spring spng sprng;\
    spgs springs spngs sprngs;spur spurs;sq square sqr sqre squ;sqs squares sqrs;sta station statn stn;\
    stra stravenue strav straven stravn strvn strvnue;strm stream streme;st street str strt;sts streets;\
    smt summit sumit sumitt;ter terrace terr;trwy throughway;trce trace traces;trak track tracks trk trks;\
    trfy trafficway;trl trail trails trls;trlr trailer trlrs;tunl tunnel tunel tunls tunnels tunnl;\
    tpke turnpike trnpk turnpk;upas underpass;un union;uns unions;vly valley vally vlly;vlys valleys;\
    via viaduct vdct viadct;vw view;vws views;vlg village vill villag villg villiage;vlgs villages;vl ville;\
    vis vista vist vst vsta;walk walks;wall;way wy;ways;wl well;wls wells;\
    blvd blv bvd;ct crt;hts hgts;loop lp;rte rt";

/// Suffixes that hardly ever are a word of a street's name or of a city's: where one stands, the street ends.
const PLAIN_SUFFIXES: &str =
    "aly ave blvd cir ct cv dr expy hwy ln loop pkwy pl plz rd rte sq st ter tpke trl way xing";

/// What a number follows in the name of a road: `County Road 12`, `Loop 410`.
const NUMBERED: &str = "hwy loop rd rte";

const DIRECTIONALS: &str =
    "n north;s south;e east;w west;ne northeast;nw northwest;se southeast;sw southwest";

/// Homes and rooms, which lists name by one word as well as by another: only what follows tells them apart.
const DWELLINGS: &str =
    "# apt apartment unit ste suite rm room lot spc space trlr trailer pmb no num number";

/// What is larger than a home, or no home. Its name is kept.
const OTHER_UNITS: &str =
    "bldg building bld;fl floor flr;dept department;hngr hangar hanger;pier;slip;stop";

/// What needs no number behind it.
const PLACES_WITHIN: &str =
    "bsmt basement;frnt front;lbby lobby;lowr lower;ofc office;ph penthouse;rear;side;uppr upper";

const STATES: &str = "\
    al alabama ala;ak alaska;az arizona ariz;ar arkansas ark;ca california calif;co colorado colo;ct connecticut conn;\
    de delaware del;dc district_of_columbia;fl florida fla;ga georgia;hi hawaii;id idaho;il illinois ill;in indiana ind;\
    ia iowa;ks kansas kans;ky kentucky;la louisiana;me maine;md maryland;ma massachusetts mass;mi michigan mich;\
    mn minnesota minn;ms mississippi miss;mo missouri;mt montana mont;ne nebraska nebr;nv nevada nev;nh new_hampshire;\
    nj new_jersey;nm new_mexico n_mex;ny new_york;nc north_carolina n_car;nd north_dakota n_dak;oh ohio;\
    ok oklahoma okla;or oregon oreg ore;pa pennsylvania penn penna;ri rhode_island;sc south_carolina s_car;\
    sd south_dakota s_dak;tn tennessee tenn;tx texas tex;ut utah;vt vermont;va virginia;wa washington wash;\
    wv west_virginia w_va;wi wisconsin wis wisc;wy wyoming wyo;as american_samoa;gu guam;\
    mp northern_mariana_islands;pr puerto_rico;vi virgin_islands us_virgin_islands u_s_virgin_islands;\
    fm federated_states_of_micronesia;mh marshall_islands;pw palau;aa armed_forces_americas;ae armed_forces_europe;\
    ap armed_forces_pacific";

/// Numbered roads. A state's road, route and highway are one: no two of them share a number.
const HIGHWAYS: &str = "\
    county_rd county_road cnty_road cnty_rd co_road co_rd cr;county_hwy county_highway co_highway co_hwy cnty_hwy cth;\
    state_rd state_road st_road st_rd sr state_route state_rte state_rt st_route st_rte st_rt \
    state_highway state_hwy st_highway st_hwy sh sth;\
    us_hwy us_highway u_s_highway u_s_hwy us_route us_rte us_rt us;i interstate interstate_highway interstate_hwy;\
    fm_rd farm_to_market_road farm_to_market_rd farm_to_market farm_market_road fm_road fm;\
    rm_rd ranch_to_market_road ranch_to_market_rd ranch_to_market ranch_road ranch_rd rm;\
    township_rd township_road twp_road twp_rd twp";

/// Numbers at the post office and on a carrier's way, in place of a house number and a street.
const BOXES: &str = "\
    po_box p_o_box pobox post_office_box pob p_o_b caller firm_caller drawer po_drawer bin lockbox;\
    rr r_r rural_route rural_rte rural_rt rfd r_f_d rd route rt rte;\
    hc h_c highway_contract highway_contract_route hcr h_c_r star_route star_rte star_rt";

const ORDINALS: &str = "\
    1 first;2 second;3 third;4 fourth;5 fifth;6 sixth;7 seventh;8 eighth;9 ninth;10 tenth;11 eleventh;12 twelfth;\
    13 thirteenth;14 fourteenth;15 fifteenth;16 sixteenth;17 seventeenth;18 eighteenth;19 nineteenth;20 twentieth;\
    30 thirtieth;40 fortieth;50 fiftieth;60 sixtieth;70 seventieth;80 eightieth;90 ninetieth";

const TENS: &str = "20 twenty;30 thirty;40 forty;50 fifty;60 sixty;70 seventy;80 eighty;90 ninety";

type Table = LazyLock<HashMap<&'static str, &'static str>>;

/// Every spelling of the rows with the first of its row. In a spelling of several words `_` stands between them.
fn table(rows: &'static str) -> HashMap<&'static str, &'static str> {
    let mut table = HashMap::new();
    for row in rows.split(';') {
        let mut spellings = row.split_whitespace();
        if let Some(standard) = spellings.next() {
            table.insert(standard, standard);
            table.extend(spellings.map(|spelling| (spelling, standard)));
        }
    }
    table
}

macro_rules! lookup {
    ($($(#[$doc:meta])* $name:ident in $rows:ident;)+) => {
        $($(#[$doc])*
        pub(super) fn $name(word: &str) -> Option<&'static str> {
            static TABLE: Table = LazyLock::new(|| table($rows));
            TABLE.get(word).copied()
        })+
    };
}

lookup! {
    /// `ave` of `avenue`.
    suffix in SUFFIXES;
    /// `n` of `north`.
    directional in DIRECTIONALS;
    /// `bldg` of `building`.
    other_unit in OTHER_UNITS;
    /// `rear` of `rear`.
    place_within in PLACES_WITHIN;
    /// `il` of `illinois`; words are joined by `_`.
    state in STATES;
    /// `county_rd` of `cr`; words are joined by `_`.
    highway in HIGHWAYS;
    /// `po_box` of `p_o_box`; words are joined by `_`.
    po_box in BOXES;
    /// `5` of `fifth`.
    ordinal in ORDINALS;
    /// `20` of `twenty`.
    tens in TENS;
}

/// Whether the word names a home or a room.
pub(super) fn is_dwelling(word: &str) -> bool {
    DWELLINGS.split(' ').any(|known| known == word)
}

/// Whether this suffix, in its one spelling, ends a street.
pub(super) fn is_plain(suffix: &str) -> bool {
    PLAIN_SUFFIXES.split(' ').any(|known| known == suffix)
}

/// Whether a number may follow this suffix, in its one spelling, as the name of the road.
pub(super) fn is_numbered(suffix: &str) -> bool {
    NUMBERED.split(' ').any(|known| known == suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_means_two_things() {
        for rows in [
            SUFFIXES,
            DIRECTIONALS,
            OTHER_UNITS,
            PLACES_WITHIN,
            STATES,
            HIGHWAYS,
            BOXES,
            ORDINALS,
            TENS,
        ] {
            let mut known = HashMap::new();
            for row in rows.split(';') {
                let standard = row.split_whitespace().next().unwrap();
                for spelling in row.split_whitespace() {
                    let before = known.insert(spelling, standard);
                    assert!(before.is_none_or(|before| before == standard), "{spelling}");
                }
            }
        }
    }

    #[test]
    fn the_tables_are_whole() {
        let standards = |rows: &'static str| -> std::collections::BTreeSet<&str> {
            table(rows).into_values().collect()
        };
        // Appendix C1 has 202 standard suffixes, appendix B 50 states, the district, eight islands and three forces.
        assert_eq!(standards(SUFFIXES).len(), 202);
        assert_eq!(standards(STATES).len(), 62);
        for plain in PLAIN_SUFFIXES.split(' ').chain(NUMBERED.split(' ')) {
            assert_eq!(suffix(plain), Some(plain));
        }
    }
}
