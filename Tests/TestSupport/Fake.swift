// One import gives a test the doubles, whether they are a part of the product or of the tests.
@_exported public import FakeOpenRouter

/// JSON as the fake reads it: none of the gateway's code, so that a mistake there cannot hide itself here.
package typealias TestJSON = FakeJSON
