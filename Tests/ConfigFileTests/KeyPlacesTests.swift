import Testing

@testable import ConfigFile

@Suite struct KeyPlacesTests {
    private func entries(_ count: Int) -> [ConfigNode.Entry] {
        let mark = ConfigMark(file: "c", line: 1, column: 1)
        return (0..<count).map { number in
            let node = ConfigNode(.scalar(ConfigScalar(text: "\(number)", isPlain: true)), mark: mark)
            return ConfigNode.Entry(key: "key-\(number)", mark: mark, value: node)
        }
    }

    /// Few keys are compared, many are hashed.
    @Test(arguments: [0, 1, 7, 8, 9, 10, 100])
    func everyKeyIsFoundAndNoOther(_ count: Int) {
        let all = entries(count)
        var grown = KeyPlaces()
        var some: [ConfigNode.Entry] = []
        for entry in all {
            #expect(grown.place(of: entry.key, among: some) == nil)
            some.append(entry)
            grown.grown(to: some)
        }
        for places in [KeyPlaces(all), grown] {
            for (place, entry) in all.enumerated() {
                #expect(places.place(of: entry.key, among: all) == place)
            }
            #expect(places.place(of: "key-\(count)", among: all) == nil)
            #expect(places.place(of: "", among: all) == nil)
        }
    }

    @Test(arguments: [2, 8, 9, 30])
    func aKeyThatIsThereTwiceIsReportedInMapsOfAnySize(_ count: Int) throws {
        let keys = (0..<count).map { "k\($0): \($0)" } + ["k1: last"]
        let composed = try YAMLComposer.compose(Array(keys.joined(separator: "\n").utf8), file: "c")
        #expect(
            composed.warnings.map(\.text) == [
                "c:\(count + 1): k1: is there twice, first in line 2; the last one counts"
            ])
    }
}
