//! The choice of a source type.

use claviger_console::{ChooserFor, TypeChooserPage, TypeTile, text};

use crate::administration::list_source_types;
use crate::http::console::answer::Answer;
use crate::http::console::stop::Stop;
use crate::http::console::vault::draft::Draft;
use crate::http::console::vault::known::{ENTRY, SOURCES, hosting, stop};
use crate::http::console::visit::Visit;

/// By name. `draft` says where to go on afterwards.
pub fn choose(visit: &Visit, purpose: ChooserFor, draft: &Draft) -> Result<Answer, Stop> {
    let types = list_source_types(&visit.state.administration, &visit.act(), None);
    let mut types = types.map_err(stop)?;
    types.sort_by_key(|known| known.name.to_lowercase());
    let tiles = types.into_iter().map(|known| {
        let (form, more) = match purpose {
            ChooserFor::SourceCredential => {
                (visit.links().new_source_credential(), hosting(&known).to_owned())
            }
            ChooserFor::Source => {
                let credentials = visit.session.realm.vault.credentials();
                let count = credentials.filter(|(_, live)| live.source_type.as_str() == known.id).count();
                let count = u64::try_from(count).unwrap_or(u64::MAX);
                (visit.links().new_source(), text::things(&count, "credential", "credentials"))
            }
        };
        let onward = draft.onward().into_iter();
        let address =
            onward.fold(form.with("type", &known.id), |form, (name, value)| form.with(name, &value));
        TypeTile { name: known.name, more, address }
    });
    let page = TypeChooserPage {
        frame: visit.frame(Some(if purpose == ChooserFor::Source { SOURCES } else { ENTRY })),
        purpose,
        types: tiles.collect(),
    };
    visit.answer(&page)
}
