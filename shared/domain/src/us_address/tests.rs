use proptest::prelude::*;
use serde_json::json;

use super::*;

fn keys(line: &str) -> Vec<String> {
    let place = UsPlace::read(line).unwrap_or_else(|| panic!("no place: {line}"));
    place.keys().iter().map(PlaceKey::to_string).collect()
}

fn of(address: serde_json::Value) -> Option<UsPlace> {
    UsPlace::of(&serde_json::from_value(address).unwrap())
}

/// The door in an address whose ZIP code says where it is.
fn door(street: &str) -> String {
    let place = of(json!({"street": street, "zip": "62704"}));
    let place = place.unwrap_or_else(|| panic!("no place: {street}"));
    place.delivery.to_string()
}

#[test]
fn one_place_in_many_spellings_has_one_key() {
    let spellings = [
        "123 N. Main Street, Apt #4, Springfield, Illinois 62704-1234",
        "123 N Main St Apt 4, Springfield IL 62704",
        "123 North Main Street #4 Springfield IL 62704",
        "123 NORTH MAIN STR., UNIT 4, SPRINGFIELD, IL, 62704, USA",
        "Apt. 4, 123 N Main St, Springfield, Ill. 62704",
        "#4 123 N Main St, Springfield, IL 627041234",
        "123 N Main St 4, Springfield, IL 62704",
        "Springfield, IL 62704, 123 N Main St, Apt. No. 4",
        "123 N Main St Apt04; Springfield; IL; 62704",
        "123 N Main St Suite 4 Springfield, IL 62704",
        "123 N Main St, Apt 4 Springfield, IL 62704 United States",
    ];
    for line in spellings {
        assert_eq!(
            keys(line),
            [
                "123 n main st #4, 62704",
                "123 n main st #4, springfield il"
            ],
            "{line}"
        );
    }
}

#[test]
fn the_parts_of_an_address_and_its_line_have_one_key() {
    let line = UsPlace::read("123 N. Main Street, Apt #4, Springfield, Illinois 62704-1234");
    for address in [
        json!({"street": "123 N. Main Street", "unit": "Apt #4", "city": "Springfield", "state": "Illinois", "zip": "62704-1234"}),
        json!({"street": "123 n main st", "unit": "4", "city": "SPRINGFIELD", "state": "il", "zip": "62704", "country": "US"}),
        json!({"street": "123 N Main St Apt 4", "unit": "4", "city": "Springfield", "state": "IL", "zip": "62704"}),
        json!({"street": "123 N Main St, Apt 4, Springfield", "city": "Springfield", "state": "IL", "zip": "62704"}),
        json!({"street": "123 N Main St Apt 4, Springfield, IL 62704"}),
        json!({"street": "123 N Main St, Springfield, IL 62704", "unit": "#4"}),
    ] {
        assert_eq!(of(address.clone()), line, "{address}");
    }
}

#[test]
fn a_street_has_one_spelling() {
    let cases = [
        ("12 Oak Av.", "12 oak ave"),
        ("12 Oak Boulevard", "12 oak blvd"),
        ("12 Park Lane", "12 park ln"),
        ("12 Park Lane Dr", "12 park lane dr"),
        (
            "12 Martin Luther King Jr. Pkwy",
            "12 martin luther king jr pkwy",
        ),
        ("12 Saint Charles Avenue", "12 st charles ave"),
        ("12 Mt. Vernon Road", "12 mt vernon rd"),
        ("12 O'Neil Street", "12 oneil st"),
        ("12 Élm Street", "12 elm st"),
        ("12 Broadway", "12 broadway"),
        ("12 Court St", "12 court st"),
        ("12 Avenue of the Americas", "12 ave of the americas"),
        ("12 First Street", "12 1 st"),
        ("12 1st St", "12 1 st"),
        ("12 Twenty-First Ave", "12 21 ave"),
        ("12 21st Avenue", "12 21 ave"),
        ("12 Northeast 5th Street", "12 ne 5 st"),
        ("12 North East 5th Street", "12 ne 5 st"),
        ("12 N.E. 5th St", "12 ne 5 st"),
        ("12 Main Street Southwest", "12 main st sw"),
        ("12 Main St South West", "12 main st sw"),
        ("455 East 300 South", "455 e 300 s"),
        // A street may be called after a direction or a letter.
        ("12 West Street", "12 west st"),
        ("12 N West St", "12 n west st"),
        ("12 E St NW", "12 e st nw"),
        ("12 North Park", "12 n park"),
        ("12 County Road 7", "12 county rd 7"),
        ("12 CR 7", "12 county rd 7"),
        ("12 Co. Rd. 7 North", "12 county rd 7 n"),
        ("12 County Rd K", "12 county rd k"),
        ("12 State Hwy 7", "12 state rd 7"),
        ("12 SR 7", "12 state rd 7"),
        ("12 St Rte 7", "12 state rd 7"),
        ("12 US Highway 1", "12 us hwy 1"),
        ("12 U.S. 1", "12 us hwy 1"),
        ("12 I-10", "12 i 10"),
        ("12 Interstate 10 W", "12 i 10 w"),
        ("12 FM1093", "12 fm rd 1093"),
        ("12 Farm to Market Road 1093", "12 fm rd 1093"),
        ("12 Highway 7", "12 hwy 7"),
        ("12 Old Hwy. 7", "12 old hwy 7"),
        ("12 Loop 410", "12 loop 410"),
        ("012 Oak St", "12 oak st"),
        ("12-A Oak St", "12a oak st"),
        ("112-10 Oak St", "112-10 oak st"),
        ("12 1/2 Oak St", "12 1/2 oak st"),
        ("12-1/2 Oak St", "12 1/2 oak st"),
        ("N6W23001 Bluemound Rd", "n6w23001 bluemound rd"),
        ("PO Box 012", "po box 12"),
        ("P. O. Box 12", "po box 12"),
        ("Post Office Box #12", "po box 12"),
        ("POB 12", "po box 12"),
        ("Drawer 12", "po box 12"),
        ("Box 12", "po box 12"),
        ("RR 2 Box 18", "rr 2 box 18"),
        ("Rural Route #02, Box 18", "rr 2 box 18"),
        ("R.F.D. 2 Box 18", "rr 2 box 18"),
        ("Rt 2 Box 18", "rr 2 box 18"),
        ("HC 68 Box 23A", "hc 68 box 23a"),
        ("Star Route 68 Box 23-A", "hc 68 box 23a"),
    ];
    for (street, expected) in cases {
        assert_eq!(door(street), expected, "{street}");
    }
}

#[test]
fn a_unit_has_one_spelling_wherever_it_stands() {
    let cases = [
        ("12 Oak St Apt 4B", "12 oak st #4b"),
        ("12 Oak St Apt 4-B", "12 oak st #4b"),
        ("12 Oak St Apt 4 B", "12 oak st #4b"),
        ("12 Oak St #4B", "12 oak st #4b"),
        ("12 Oak St 4B", "12 oak st #4b"),
        ("Unit 4B 12 Oak St", "12 oak st #4b"),
        ("12 Oak St, Ste. B", "12 oak st #b"),
        ("12 Oak St Unit GW", "12 oak st #gw"),
        ("12 Oak St Lot 7", "12 oak st #7"),
        ("12 Oak St Bldg 2 Apt 4", "12 oak st #4 bldg 2"),
        ("12 Oak St Apt 4, Building 2", "12 oak st #4 bldg 2"),
        ("12 Oak St Floor 2", "12 oak st fl 2"),
        ("12 Oak St, 2nd Floor", "12 oak st fl 2"),
        ("12 Oak St Second Fl", "12 oak st fl 2"),
        ("12 Oak St Rear", "12 oak st rear"),
        ("12 Oak St Penthouse 3", "12 oak st ph 3"),
        ("12 Broadway Apt 4", "12 broadway #4"),
        ("12 Hwy 7 Lot 3", "12 hwy 7 #3"),
        // Streets that are called like units.
        ("12 Lake Front", "12 lake front"),
        ("12 Lake Front Dr", "12 lake front dr"),
        ("12 Upper Rd", "12 upper rd"),
        ("12 Key Blvd", "12 key blvd"),
        ("12 Pier Ave", "12 pier ave"),
    ];
    for (street, expected) in cases {
        assert_eq!(door(street), expected, "{street}");
    }
}

#[test]
fn a_line_without_commas_is_parted_at_the_end_of_its_street() {
    let cases = [
        ("12 Oak St Austin TX 78701", "12 oak st, austin tx"),
        (
            "12 Park Ave Lake Forest IL 60045",
            "12 park ave, lakeforest il",
        ),
        ("12 Oak St Apt 4 Austin TX 78701", "12 oak st #4, austin tx"),
        ("12 Oak St N Austin TX 78701", "12 oak st n, austin tx"),
        (
            "12 Oak St North Little Rock AR 72114",
            "12 oak st, northlittlerock ar",
        ),
        ("12 Elm Ct Hartford CT 06103", "12 elm ct, hartford ct"),
        (
            "12 County Road 7 Alvin TX 77511",
            "12 county rd 7, alvin tx",
        ),
        ("12 Oak St, Austin Texas", "12 oak st, austin tx"),
        ("12 Oak St Buffalo, New York 14201", "12 oak st, buffalo ny"),
        ("12 Oak St Houston, Texas 77001", "12 oak st, houston tx"),
        ("12 Oak St, Boston MA 2110", "12 oak st, 02110"),
        ("12 Oak St # Austin TX", "12 oak st, austin tx"),
        ("12 Oak St, New York, New York", "12 oak st, newyork ny"),
        ("12 Oak St, New York, NY 10001", "12 oak st, newyork ny"),
        (
            "12 K St NW, Washington, D.C. 20001",
            "12 k st nw, washington dc",
        ),
        (
            "12 Oak St, Port Washington, NY 11050",
            "12 oak st, portwashington ny",
        ),
        ("12 Oak St, St. Louis, MO", "12 oak st, saintlouis mo"),
        (
            "12 Oak St, Saint Louis, Missouri",
            "12 oak st, saintlouis mo",
        ),
        ("12 Oak St, Ft Worth TX", "12 oak st, fortworth tx"),
        ("12 Oak St, DeKalb, IL", "12 oak st, dekalb il"),
        ("12 Oak St, City of De Kalb, IL", "12 oak st, dekalb il"),
        ("PO Box 12 Austin TX 78701", "po box 12, austin tx"),
        ("PO Box 12, 7 Oak St, Austin TX", "7 oak st, austin tx"),
        ("c/o Bob, 12 Oak St, Austin, TX", "12 oak st, austin tx"),
        ("12 Oak St, Miami, FL 33101", "12 oak st, miami fl"),
        ("12 Oak St, Omaha, NE", "12 oak st, omaha ne"),
    ];
    for (line, expected) in cases {
        let keys = keys(line);
        assert!(keys.contains(&expected.to_owned()), "{line}: {keys:?}");
    }
}

#[test]
fn what_does_not_name_a_place_has_no_key() {
    for line in [
        "",
        "Springfield, IL 62704",
        "62704",
        "62704 IL",
        "Main St, Springfield, IL 62704",
        "1st St, Springfield, IL 62704",
        "123, Springfield, IL 62704",
        "123 Main St",
        "0 Main St, Springfield, IL 62704",
        "000 Main St, Springfield, IL 62704",
        "123 Main St, New York",
        "# , ,",
    ] {
        assert_eq!(UsPlace::read(line), None, "{line}");
    }
    for address in [
        json!({"city": "Springfield", "zip": "62704"}),
        json!({"street": "123 Main St"}),
        json!({"street": "123 Main St", "state": "IL"}),
        json!({"street": "123 Main St", "zip": "6"}),
        json!({"street": "Main St", "zip": "62704"}),
        json!({"street": "123 Main St", "city": "London", "country": "GB"}),
    ] {
        assert_eq!(of(address.clone()), None, "{address}");
    }
}

#[test]
fn a_zip_code_keeps_the_zeros_that_a_spreadsheet_took() {
    for (zip, expected) in [
        ("02134", "02134"),
        ("2134", "02134"),
        ("501", "00501"),
        ("2134-1234", "02134"),
        ("021341234", "02134"),
    ] {
        assert_eq!(zip_of(zip).as_deref(), Some(expected), "{zip}");
    }
    for zip in ["", "12", "1234567", "ABC12", "-1234"] {
        assert_eq!(zip_of(zip), None, "{zip}");
    }
}

#[test]
fn places_are_compared_by_what_both_say() {
    let place = |line| UsPlace::read(line).unwrap();
    let cases = [
        ("1 Oak St, Austin, TX 78701", "1 Oak St, 78701", true),
        ("1 Oak St, Austin, TX 78701", "1 Oak St, Austin, TX", true),
        ("1 Oak St, Austin, TX 78701", "1 Oak St, Austin", true),
        (
            "1 Oak St, Austin, TX 78701",
            "1 Oak St, Rollingwood, TX 78701",
            true,
        ),
        (
            "1 Oak St, Austin, TX 78701",
            "1 Oak St, Austin, TX 78702",
            true,
        ),
        ("1 Oak St, Austin, TX", "1 Oak St, Austin, MN", false),
        ("1 Oak St, 78701", "1 Oak St, Austin, TX", false),
        ("1 Oak St, 78701", "1 Oak St, 78702", false),
        ("1 Oak St, Austin, TX", "1 Oak Ave, Austin, TX", false),
        ("1 Oak St, Austin, TX", "1 Oak St Apt 2, Austin, TX", false),
    ];
    for (one, other, expected) in cases {
        assert_eq!(
            place(one).is_same(&place(other)),
            expected,
            "{one} | {other}"
        );
    }
    let house = place("1 Oak St, Austin, TX");
    assert!(house.is_same_house(&place("1 Oak St Apt 2, Austin, TX")));
    assert!(!house.is_same_house(&house));
    assert!(!place("1 Oak St #1, Austin, TX").is_same_house(&place("1 Oak St #2, Austin, TX")));
}

/// The parts of an address, each with the spellings of one meaning.
fn any_place() -> impl Strategy<Value = [usize; 5]> {
    [
        0..NUMBERS.len(),
        0..DIRECTIONS.len(),
        0..NAMES.len(),
        0..SUFFIXES.len(),
        0..UNITS.len(),
    ]
}

const NUMBERS: [&str; 5] = ["1", "12", "123", "112-10", "12a"];
const DIRECTIONS: [&[&str]; 5] = [
    &[""],
    &["N ", "North ", "n. "],
    &["S ", "South ", "S. "],
    &["NE ", "Northeast ", "North East ", "N.E. "],
    &["W ", "WEST ", "w. "],
];
const NAMES: [&[&str]; 5] = [
    &["Main", "MAIN", " main "],
    &["Saint Charles", "St. Charles", "st charles"],
    &["21st", "Twenty-First", "twenty first", "21ST"],
    &["Lake Forest", "LAKE FOREST"],
    &["O'Brien", "OBrien", "o’brien"],
];
const SUFFIXES: [&[&str]; 4] = [
    &["Street", "St", "St.", "STR", "strt"],
    &["Avenue", "Ave", "AVE.", "av", "avn"],
    &["Boulevard", "Blvd", "BLVD.", "boul"],
    &["Trail", "Trl", "trls"],
];
const UNITS: [&[&str]; 4] = [
    &[""],
    &["Apt 4", "#4", "Unit #4", "apt. 04", "Suite 4", "Apt No. 4"],
    &["Apt 4B", "# 4-B", "unit 4 B"],
    &["Bldg 2 Apt 4", "#4 Building 2", "bld. 2 unit 4"],
];
const CITIES: [&[&str]; 3] = [
    &["Springfield", "SPRINGFIELD", " springfield "],
    &["St. Paul", "Saint Paul", "ST PAUL"],
    &["North Port", "N Port", "N. Port"],
];
const STATES: [&[&str]; 3] = [
    &["IL 62704", "Illinois, 62704-1234", "ill. 627041234"],
    &["New York 10001", "NY, 10001", "N.Y. 10001-0001"],
    &["TX 78701", "Texas 78701", "tex. 78701, USA"],
];

fn one_of(spellings: &[&'static str], choice: usize) -> &'static str {
    spellings[choice % spellings.len()]
}

fn written(
    place: [usize; 5],
    [city, state]: [usize; 2],
    spelled: [usize; 6],
    order: usize,
) -> String {
    let [number, direction, name, suffix, unit] = place;
    let street = format!(
        "{} {}{} {}",
        NUMBERS[number],
        one_of(DIRECTIONS[direction], spelled[0]),
        one_of(NAMES[name], spelled[1]),
        one_of(SUFFIXES[suffix], spelled[2]),
    );
    let unit = one_of(UNITS[unit], spelled[3]).to_owned();
    let city = one_of(CITIES[city], spelled[4]).to_owned();
    let state = one_of(STATES[state], spelled[5]).to_owned();
    let mut parts = [street, unit, city, state];
    parts.rotate_left(order % 4);
    parts.join(", ")
}

proptest! {
    #[test]
    fn spelling_and_order_make_no_other_place(
        place in any_place(),
        city in [0_usize..3, 0..3],
        one in [0_usize..60, 0..60, 0..60, 0..60, 0..60, 0..60],
        other in [0_usize..60, 0..60, 0..60, 0..60, 0..60, 0..60],
        order in 0_usize..4,
    ) {
        let (one, other) = (written(place, city, one, 0), written(place, city, other, order));
        let (a, b) = (UsPlace::read(&one), UsPlace::read(&other));
        prop_assert!(a.is_some(), "{one}");
        prop_assert_eq!(a, b, "{} | {}", one, other);
    }

    #[test]
    fn another_number_street_direction_or_unit_is_another_place(
        one in any_place(),
        other in any_place(),
        spelled in [0_usize..60, 0..60, 0..60, 0..60, 0..60, 0..60],
    ) {
        let read = |place| UsPlace::read(&written(place, [0, 0], spelled, 0)).unwrap();
        prop_assert_eq!(read(one) == read(other), one == other);
        prop_assert_eq!(read(one).is_same(&read(other)), one == other);
        prop_assert_eq!(read(one).keys().is_disjoint(&read(other).keys()), one != other);
    }

    #[test]
    fn what_was_read_is_read_again_as_the_same(place in any_place(), city in [0_usize..3, 0..3]) {
        let read = UsPlace::read(&written(place, city, [0; 6], 0)).unwrap();
        for key in read.keys() {
            prop_assert!(UsPlace::read(key.as_str()).unwrap().is_same(&read), "{}", key);
        }
    }

    #[test]
    fn reading_never_panics(text in "(?s).{0,80}", street in "[0-9]{1,4} [ -~]{0,60}") {
        for line in [text.as_str(), street.as_str()] {
            if let Some(place) = UsPlace::read(line) {
                prop_assert!(!place.keys().is_empty());
                prop_assert!(place.is_same(&place));
            }
        }
    }
}
