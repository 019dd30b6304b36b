//! Controls on the images that containers run: how they are named, where they come from, who lets
//! them in.

/// A Gatekeeper constraint with those repositories, for examples.
macro_rules! allowed {
    ($repos:literal) => {
        concat!(
            "kind: K8sAllowedRepos\napiVersion: constraints.gatekeeper.sh/v1beta1\n",
            "metadata: {name: a}\nspec: {parameters: {repos: ",
            $repos,
            "}}"
        )
    };
}

pub(crate) mod admission;
pub(crate) mod registries;
pub(crate) mod tags;

use merlon_views::ContainerView;
use merlon_views::objects::{ImageReference, Malformed};
use merlon_yaml::Node;

/// A container's image and where it is written. `None` where none is written or no runtime takes
/// what is: `image-reference-invalid` tells of that.
pub(in crate::objects) fn image<'a>(
    container: &ContainerView<'a>,
) -> Result<Option<(ImageReference<'a>, &'a Node)>, Malformed<'a>> {
    let Some(text) = container.fields().text("image")? else { return Ok(None) };
    let node = container.fields().get("image").node();
    Ok(ImageReference::parse(text).zip(node))
}
