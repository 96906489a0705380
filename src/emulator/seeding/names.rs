//! Names and domains of customers that were given none.

use std::collections::{HashMap, HashSet};

const PLACES: [(&str, &str); 24] = [
    ("Ashbourne", "ashbourne"),
    ("Río Claro", "rio-claro"),
    ("Birkenau", "birkenau"),
    ("Carrowmore", "carrowmore"),
    ("Dunmere", "dunmere"),
    ("Eastholm", "eastholm"),
    ("Fern Hollow", "fern-hollow"),
    ("Göransby", "goransby"),
    ("Hartwell", "hartwell"),
    ("Inverlay", "inverlay"),
    ("Juniper Falls", "juniper-falls"),
    ("Kestrel Point", "kestrel-point"),
    ("Lindenau", "lindenau"),
    ("Maple Ridge", "maple-ridge"),
    ("Nová Lhota", "nova-lhota"),
    ("Oakhurst", "oakhurst"),
    ("Pine Valley", "pine-valley"),
    ("Quarry Bank", "quarry-bank"),
    ("Redwater", "redwater"),
    ("Saint Aldric", "saint-aldric"),
    ("Thornbury", "thornbury"),
    ("Upper Marsh", "upper-marsh"),
    ("Westerdale", "westerdale"),
    ("Yarrow", "yarrow"),
];

/// What stands after the place: schools first, then municipalities, then firms.
const KINDS: [(&str, &str); 14] = [
    ("Primary School", "primary"),
    ("High School", "high"),
    ("Grammar School", "grammar"),
    ("Community College", "college"),
    ("University", "university"),
    ("Academy", "academy"),
    ("Public Library", "library"),
    ("Museum of Science", "museum"),
    ("City Council", "city"),
    ("County Government", "county"),
    ("Water Authority", "water"),
    ("Logistics Ltd.", "logistics"),
    ("Engineering & Sons", "engineering"),
    ("Foods Inc.", "foods"),
];

fn pick(rng: &mut fastrand::Rng, words: &[(&'static str, &'static str)]) -> (&'static str, &'static str) {
    words[rng.usize(..words.len())]
}

/// The name of a place.
pub(in crate::emulator) fn place(rng: &mut fastrand::Rng) -> &'static str {
    pick(rng, &PLACES).0
}

/// A name that was drawn, and what its domain is made of.
pub(super) struct Drawn {
    pub(super) company_name: String,
    label: String,
}

impl Drawn {
    pub(super) fn new(rng: &mut fastrand::Rng) -> Self {
        let (place, place_label) = pick(rng, &PLACES);
        let (kind, kind_label) = pick(rng, &KINDS);
        Self { company_name: format!("{place} {kind}"), label: format!("{place_label}-{kind_label}") }
    }
}

/// Domains that nobody has yet.
pub(super) struct Domains<'a> {
    given: HashSet<&'a str>,
    namesakes: HashMap<String, u32>,
}

impl<'a> Domains<'a> {
    /// All but the `given` ones are free.
    pub(super) fn beside(given: impl Iterator<Item = &'a str>) -> Self {
        Self { given: given.collect(), namesakes: HashMap::new() }
    }

    /// The next free domain of that name.
    pub(super) fn next(&mut self, name: &Drawn) -> String {
        let nth = self.namesakes.entry(name.label.clone()).or_default();
        loop {
            *nth += 1;
            let domain = match *nth {
                1 => format!("{}.example", name.label),
                nth => format!("{}-{nth}.example", name.label),
            };
            if !self.given.contains(domain.as_str()) {
                return domain;
            }
        }
    }
}
