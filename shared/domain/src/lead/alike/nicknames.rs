//! Short forms of first names.
//!
//! Put together for this table: the first names that were most given in the United States in the twentieth century, as the
//! Social Security Administration counts them, and their short forms and spellings in common American use. A row is one
//! name; a short form may stand in several. Names without short forms are here so that another name that is only spelled
//! like them is not taken for them.

use std::collections::HashMap;
use std::sync::LazyLock;

const NAMES: &str = "\
    abigail abby abbie gail;abraham abe bram;adam;adrian;adriana;agnes aggie;alan allan allen al;albert al bert;\
    alejandro alex ale;alexander alex alec al sandy xander;alexandra alex sandra sandy lexi alexa;alfred al fred alf;\
    alice allie;alicia allie;amanda mandy;amelia amy millie;amy;andre;andrea andie;andrew andy drew;\
    angela angie;ann anne annie nan nancy;anna annie ana;anthony tony anton;antonio tony toni;\
    arnold arnie;arthur art artie;ashley;austin;barbara barb babs barbie;barry;benjamin ben benny benji;\
    bernard bernie;bethany beth;beverly bev;bradley brad;brandon;brenda;brian bryan bryant;brianna bri;bruce;\
    calvin cal;cameron cam;carl karl;carla karla;carlos;carol carole;caroline carolyn carrie carol lynn;\
    cassandra cassie sandra;catherine katherine kathryn katharine catharine cathy kathy kate katie cat kat kay kitty \
    katy cathie kathie;cecilia cece;charles charlie chuck chas chaz charley;charlotte charlie lottie;\
    cheryl sheryl;christian chris;christina christine chris chrissy tina kristina kristine kris cristina kristin kristen \
    christie christy kirsten;christopher chris kris kit topher;cynthia cindy;clarence;clifford cliff;\
    clinton clint;craig;curtis curt kurt;cristian cris;dale;daniel dan danny;danielle dani;david dave davey;deborah \
    debra debbie deb;denise;dennis denny;diana diane dianne di;dolores lola;dominic dom nick;\
    donald don donnie donny;donna;dorothy dot dottie dolly;douglas doug;duane dwayne;dylan;edgar ed eddie;\
    edmund ed eddie ned;edward ed eddie ted ned teddy;edwin ed eddie;eileen;elaine;eleanor ellie nora nell ella;\
    elizabeth elisabeth liz lizzie beth betty betsy eliza libby lisa bess bette liza;ellen nell;emily em emmy;\
    emma;enrique kike;eric erik rick;erica erika;ernest ernie;esther;ethan;eugene gene;evan;evelyn evie;\
    florence flo;frances fran francie frannie;francis frank fran;francisco frank paco pancho cisco;franklin frank;\
    frederick fred freddie freddy rick fritz fredrick;gabriel gabe;gabriela gabriella gabby;gary;geoffrey jeffrey \
    jeff geoff jeffery;george;gerald gerry jerry;gilbert gil bert;gina;glenn glen;gloria;grace;gregory greg gregg;\
    gregorio greg;guadalupe lupe;guillermo memo;gwendolyn gwen wendy;hannah;harold hal harry;harriet hattie;\
    harry;heather;hector;helen nell lena;henry hank harry hal;herbert herb bert;howard howie;hugh;ian;\
    ignacio nacho;irene;isaac ike;isabel isabella isabelle bella izzy belle;jack;jacob jake;jacqueline jackie jacquelyn;\
    james jim jimmy jamie jimmie;jane janie;janet jan;janice jan;jason jay;javier xavier;jay;jean jeanne;jeanette jean;\
    jeremiah jerry jeremy;jeremy jerry;jerome jerry;jesse;jessica jess jessie;jesus chuy;joan joanie;joanne joann jo;\
    joel;john jon johnny jack johnnie;jonathan jon jonny johnathan jonathon john;jordan;jorge;jose joe pepe;\
    joseph joe joey jos;josephine jo josie;joshua josh;juan;juana;juanita nita;judith judy judi;julia julie;\
    julian;juliana;justin;justina tina;karen;katrina;kayla;keith;kelly kelli kelley;kenneth ken kenny;kevin;kimberly kim;\
    kyle;larry;laura laurie lori;lauren;laurence lawrence larry lars;leah;lee;leonard len lenny leo;leo;\
    leonardo leo;leroy roy;leslie les lesley;lillian lily lil lilly;linda lynda lindy;lisa;lloyd;lois;lorraine lori;louis lou \
    lewis louie luis;louise lou lu;lucille lucy;luis;luisa;lynn lynne;madeline maddie;manuel manny manolo;marc mark;\
    marcia marsha;marcus mark marc;margaret maggie meg peggy marge margie peg greta margarita rita marguerite madge;\
    maria mary marie;mario;marjorie marge margie;mark;marilyn;martha;martin marty;marvin;mary maria marie molly mae polly;\
    mathew matthew matt mat;maureen mo;maurice;maxwell max;megan meg meghan;melanie mel;melissa missy mel lissa;\
    melvin mel;michael mike mick mickey micheal mikey miguel;michelle shelly michele shell;miguel mike;mildred millie;\
    miriam;mitchell mitch;mohammed mohammad muhammad mohamed;monica;nancy nan;natalie nat;nathan nate nat;\
    nathaniel nate nathan nat;nicholas nick nicky nicolas;nicole nikki nicky;nora;norma;norman norm;olivia liv;oscar;\
    pamela pam;patricia pat patty tricia trish patti patsy;patrick pat paddy rick;paul;paula;paulina;pauline;pedro pete;\
    penelope penny;peter pete;philip phillip phil;phyllis;rachel rae;ralph;randall randy randolph;raymond ray;\
    rebecca becky becca reba;regina gina;renee;ricardo rick rico;richard rick dick rich ricky richie;rita;\
    robert rob bob bobby robbie bobbie bert;roberta bobbie;roberto beto;rodney rod;roger;roland;ronald ron ronnie ronny;\
    rosa rose;rose rosie;rosemary rose rosie;roy;russell russ rusty;ruth;ryan;samantha sam sammy;samuel sam sammy;\
    sandra sandy;sara sarah sally sadie;scott scotty;sean shawn shaun;sergio;sharon shari;sheila;shirley;sidney sid;\
    sofia sophia sophie;stacy stacey;stanley stan;stephanie steph steffi;stephen steven steve stevie;susan sue susie suzy \
    suzanne susanna;sylvia;tamara tammy;teresa theresa terry tess tessa terri;terence terrence terry;terrance terry;\
    theodore ted teddy theo;thomas tom tommy thom;tiffany tiff;timothy tim timmy;todd;tracy tracey;travis;tyler ty;\
    valerie val;vanessa;veronica ronnie roni;victor vic;victoria vicky vicki tori;vincent vince vinny vinnie;\
    viola;violet;virginia ginny ginger;vivian viv;walter walt wally;wanda;warren;wayne;wendy;wesley wes;\
    wilhelmina minnie willa;william bill billy will willie liam wm willy;winifred winnie;yolanda;yvonne;zachary zach zack";

/// The rows in which each name stands.
static ROWS: LazyLock<HashMap<&str, Vec<usize>>> = LazyLock::new(|| {
    let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, names) in NAMES.split(';').enumerate() {
        for name in names.split_whitespace() {
            rows.entry(name).or_default().push(row);
        }
    }
    rows
});

/// Whether two folded words may be one first name.
pub(super) fn are_related(one: &str, other: &str) -> bool {
    match (ROWS.get(one), ROWS.get(other)) {
        (Some(rows), Some(of_other)) => rows.iter().any(|row| of_other.contains(row)),
        (Some(_) | None, Some(_) | None) => false,
    }
}

/// Whether a folded word is a first name of the table.
pub(super) fn is_known(word: &str) -> bool {
    ROWS.contains_key(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_belong_to_their_names() {
        for (one, other, expected) in [
            ("bob", "robert", true),
            ("liz", "elizabeth", true),
            ("bob", "rob", true),
            ("chris", "christine", true),
            ("chris", "christopher", true),
            ("christine", "christopher", false),
            ("michael", "michelle", false),
            ("robert", "roberta", false),
            ("bob", "bill", false),
            ("bob", "nobody", false),
        ] {
            assert_eq!(are_related(one, other), expected, "{one} {other}");
            assert_eq!(are_related(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn the_table_has_each_name_once_in_a_row() {
        for row in NAMES.split(';') {
            let mut names: Vec<&str> = row.split_whitespace().collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{row}");
            assert!(
                row.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b' '),
                "{row}"
            );
        }
    }
}
