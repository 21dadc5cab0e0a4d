use super::*;
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How much of either end is looked at.
const SEEN: usize = 64 * 1024;

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";
const WEBP: &[u8] =
    b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08mdat";
const HEIC_BY_ITS_OTHERS: &[u8] = b"\0\0\0\x1cftypmif1\0\0\0\0mif1heixmiaf\0\0\0\x08mdat";
const AVIF: &[u8] = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf\0\0\0\x08mdat";
const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\0\0isommp41\0\0\0\x08mdat";
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0;";
const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0";
const HTML: &[u8] = b"<!DOCTYPE html><script>alert(1)</script>";
const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";

fn archive(parts: &[&str], content: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for part in parts {
        zip.start_file(*part, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn office(parts: &[&str]) -> Vec<u8> {
    archive(
        &[&["[Content_Types].xml", "_rels/.rels"], parts].concat(),
        b"<x/>",
    )
}

fn is_a(kind: FileType, file: &[u8]) -> bool {
    let seen = file.len().min(SEEN);
    is(
        kind,
        seen == file.len(),
        &file[..seen],
        &file[file.len() - seen..],
    )
}

/// The types that a file passes for.
fn passes_for(file: &[u8]) -> Vec<FileType> {
    let kinds = FileType::ALL.iter().copied();
    kinds.filter(|kind| is_a(*kind, file)).collect()
}

#[test]
fn a_file_passes_for_what_it_is_and_for_nothing_else() {
    use FileType::{Csv, Docx, Heic, Jpeg, Pdf, Png, Txt, Webp, Xlsx};
    let docx = office(&["word/document.xml", "word/embeddings/table.xlsx"]);
    let xlsx = office(&["xl/workbook.xml", "xl/worksheets/sheet1.xml"]);
    let cases: [(&str, &[u8], &[FileType]); 27] = [
        ("pdf", PDF, &[Pdf]),
        ("pdf with a mark", b"\xef\xbb\xbf%PDF-1.7\n\0", &[Pdf]),
        ("png", PNG, &[Png]),
        ("jpeg", JPEG, &[Jpeg]),
        ("webp", WEBP, &[Webp]),
        ("heic", HEIC, &[Heic]),
        ("heic by its other brands", HEIC_BY_ITS_OTHERS, &[Heic]),
        ("docx", &docx, &[Docx]),
        ("xlsx", &xlsx, &[Xlsx]),
        (
            "text",
            "Jos\u{e9}, 12 Elm St\r\n\tok\n".as_bytes(),
            &[Csv, Txt],
        ),
        ("text with a mark", b"\xef\xbb\xbfa,b", &[Csv, Txt]),
        ("Windows-1252", b"Jos\xe9;\x80 5\r\n", &[Csv, Txt]),
        ("UTF-16", b"\xff\xfea\0\t\0\xe9\0", &[Csv, Txt]),
        (
            "UTF-16, high bytes first",
            b"\xfe\xff\0a\0\t\0\xe9",
            &[Csv, Txt],
        ),
        ("text that begins like a bitmap", b"BMW,M3,MZ", &[Csv, Txt]),
        ("avif", AVIF, &[]),
        ("mp4", MP4, &[]),
        ("gif", GIF, &[]),
        ("exe", EXE, &[]),
        ("html", HTML, &[]),
        ("html behind spaces", b"\xef\xbb\xbf \n<HTML><p>", &[]),
        ("html in UTF-16", b"\xff\xfe<\0h\0t\0m\0l\0>\0", &[]),
        ("svg", SVG, &[]),
        ("other zip", &archive(&["readme.txt"], b"x"), &[]),
        (
            "zip with the folder alone",
            &archive(&["word/document.xml"], b"x"),
            &[],
        ),
        (
            "docx with programs",
            &office(&["word/document.xml", "word/vbaProject.bin"]),
            &[],
        ),
        (
            "neither docx nor xlsx",
            &office(&["word/document.xml", "xl/workbook.xml"]),
            &[],
        ),
    ];
    for (name, file, expected) in cases {
        assert_eq!(passes_for(file), expected, "{name}");
    }
    assert_eq!(passes_for(b""), [Csv, Txt]);
}

#[test]
fn what_comes_before_an_archive_or_a_pdf_makes_it_something_else() {
    let docx = office(&["word/document.xml"]);
    assert_eq!(passes_for(&[EXE, &docx].concat()), []);
    assert_eq!(passes_for(&[HTML, PDF].concat()), []);
}

#[test]
fn a_large_archive_is_known_by_its_end_and_by_its_beginning() {
    // Nothing repeats in it, so that it cannot be made smaller.
    let noise: Vec<u8> = (0_u32..60_000)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect();
    let first_large = archive(
        &["media/a.png", "[Content_Types].xml", "word/document.xml"],
        &noise,
    );
    assert!(first_large.len() > 2 * SEEN);
    assert_eq!(passes_for(&first_large), [FileType::Docx]);

    let pictures: Vec<String> = (0..1500)
        .map(|n| format!("word/media/a picture with a long name {n:06}.png"))
        .collect();
    let parts = ["word/document.xml"].into_iter();
    let parts: Vec<&str> = parts.chain(pictures.iter().map(String::as_str)).collect();
    assert_eq!(passes_for(&office(&parts)), [FileType::Docx]);
}

#[test]
fn a_long_text_may_be_cut_within_a_character() {
    for pad in 0..4 {
        let text = format!("{}{}", "x".repeat(pad), "\u{1f3e1}".repeat(40_000));
        assert!(is_a(FileType::Txt, text.as_bytes()), "{pad}");
        let utf16: Vec<u8> = [b"\xff\xfe".to_vec(), [b'x', 0].repeat(pad)]
            .concat()
            .into_iter()
            .chain(
                "\u{1f3e1}\u{e9}"
                    .repeat(30_000)
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes),
            )
            .collect();
        assert!(is_a(FileType::Txt, &utf16), "{pad}");
    }
    let bad_end = [&b"x".repeat(200_000)[..], b"\0"].concat();
    assert!(!is_a(FileType::Txt, &bad_end));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        start in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"\0\0\0\x18ftyp", b"RIFF", b"\xff\xfe", b"\xfe\xff", b"\x89PNG\r\n\x1a\n"]),
        middle in prop::collection::vec(any::<u8>(), 0..200),
        end in prop::sample::select(vec![&b""[..], b"PK\x05\x06", b"PK\x05\x06\0\0\0\0\0\0\0\0\x2e\0\0\0\0\0\0\0\0\0", b"PK\x01\x02"]),
        whole in any::<bool>(),
    ) {
        let file = [start, &middle, end].concat();
        for kind in FileType::ALL {
            is(*kind, whole, &file, &file);
            is(*kind, whole, &file, &middle);
        }
    }
}
