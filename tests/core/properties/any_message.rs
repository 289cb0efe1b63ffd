//! Any bytes, with every set of options.

use eset_filter_tests::checks::every_promise;
use eset_filter_tests::mutation::TOKENS;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{config, damaged_message};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn bytes(message in vec(any::<u8>(), 0..300)) {
        every_promise(&message);
    }

    #[test]
    fn text(message in ".{0,100}") {
        every_promise(message.as_bytes());
    }

    #[test]
    fn tokens_of_parsers(tokens in vec(select(TOKENS), 0..40)) {
        every_promise(&tokens.concat());
    }

    #[test]
    fn damaged_traffic(message in damaged_message()) {
        every_promise(&message.0);
    }
}
