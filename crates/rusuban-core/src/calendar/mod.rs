//! Japanese holidays, office closures and civil dates as people write them.
