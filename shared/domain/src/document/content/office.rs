//! Files of Word and Excel: ZIP archives whose parts say what they are (ECMA-376, part 2).

/// Which program writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Excel,
}

/// Begins the bytes of a part.
const PART: &[u8] = b"PK\x03\x04";
/// Begins a part's entry in the directory.
const ENTRY: &[u8] = b"PK\x01\x02";
/// Begins the end of the directory, and of the archive.
const END: &[u8] = b"PK\x05\x06";

/// The part that names the types of all others.
const TYPES: &[u8] = b"[Content_Types].xml";

/// The part that holds programs. A file that has one has another type, which is not taken.
const PROGRAMS: &[u8] = b"vbaProject.bin";

/// Whether the archive that begins with `head` and ends with `tail` has the parts of such a file.
pub(super) fn is(kind: Kind, head: &[u8], tail: &[u8]) -> bool {
    let (own, other): (&[u8], &[u8]) = match kind {
        Kind::Word => (b"word/", b"xl/"),
        Kind::Excel => (b"xl/", b"word/"),
    };
    // The directory is at the end, unless it has so many entries that it begins before what is seen of the end.
    let names = || listed(tail).unwrap_or_else(|| seen(head));
    head.starts_with(PART) && {
        let names = names();
        let any = |is: &dyn Fn(&[u8]) -> bool| names.iter().any(|name| is(name));
        any(&|name| name == TYPES)
            && any(&|name| name.starts_with(own))
            && !any(&|name| name.starts_with(other))
            && !any(&|name| name.ends_with(PROGRAMS))
    }
}

/// The names in the directory, if all of it is there.
fn listed(tail: &[u8]) -> Option<Vec<&[u8]>> {
    let mut places = tail.windows(END.len()).enumerate().rev();
    let (end, _) = places.find(|(place, bytes)| {
        // Behind it comes a comment that is as long as it says, and nothing else.
        let comment = number(tail, place + 20).map(|length| place + 22 + length);
        *bytes == END && comment == Some(tail.len())
    })?;
    let length = usize::try_from(u32::from_le_bytes(*tail.get(end + 12..)?.first_chunk()?)).ok()?;
    let mut directory = tail.get(end.checked_sub(length)?..end)?;
    let mut names = Vec::new();
    while directory.starts_with(ENTRY) {
        let name = 46 + number(directory, 28)?;
        let next = name + number(directory, 30)? + number(directory, 32)?;
        names.push(directory.get(46..name)?);
        directory = directory.get(next..)?;
    }
    directory.is_empty().then_some(names)
}

/// The names of the parts that begin in `head`.
fn seen(head: &[u8]) -> Vec<&[u8]> {
    let places = head.windows(PART.len()).enumerate();
    places
        .filter(|(_, bytes)| *bytes == PART)
        .filter_map(|(place, _)| head.get(place + 30..place + 30 + number(head, place + 26)?))
        .collect()
}

/// The two bytes at this place as a number.
fn number(bytes: &[u8], place: usize) -> Option<usize> {
    let bytes = bytes.get(place..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes).into())
}
