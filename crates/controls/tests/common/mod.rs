//! What a control finds in an example.

use merlon_controls::{Applies, Control, Parameters, evaluate, evaluate_objects, example};
use merlon_model::Finding;
use merlon_views::{InventoryView, NodeView, Told};

/// Evaluates a control on a node or on objects, as it needs them.
pub(crate) fn findings(control: &'static Control, input: &str) -> Vec<Finding> {
    if matches!(control.applies, Applies::Objects) {
        let inventory = example::inventory(input);
        let view = InventoryView::new(&inventory, example::NOW, &Told::default());
        return evaluate_objects(control, &view);
    }
    let node = example::node(input);
    let view = NodeView::new(&node, example::NOW, &Told::default());
    evaluate(control, &view, &Parameters::default())
}
