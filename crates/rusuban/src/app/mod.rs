//! The use cases. The only place that builds a world; command line and pages both call it.
