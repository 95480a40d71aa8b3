//! The data file, and what the lint finds in a wrong one.

use claviger_vault::Catalogue;

#[test]
fn the_built_in_catalogue_has_no_faults() {
    let catalogue = Catalogue::built_in();
    assert_eq!(catalogue.source_types().len(), 29);
}
