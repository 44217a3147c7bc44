internal import Glibc

/// Prints how fast `parse` goes through `input`. It returns how far it came, which has to be all of it.
///
/// With the arguments `count NAME N` the one of that name is run N times and nothing is measured: for a tool that counts
/// instructions, which are the same each time where times are not.
func measure(_ name: String, _ input: [UInt8], _ parse: ([UInt8]) -> Int) {
    let arguments = CommandLine.arguments
    if arguments.count == 4, arguments[1] == "count" {
        if name == arguments[2] {
            for _ in 0..<(Int(arguments[3]) ?? 1) { precondition(parse(input) == input.count) }
        }
        return
    }
    precondition(parse(input) == input.count, "\(name) reads its sample to the end")
    var best = Double.infinity
    var repeats = 1
    // Long enough that the clock does not matter, short enough that some timing is undisturbed.
    while timing(repeats, input, parse) < 0.005 { repeats *= 2 }
    for _ in 0..<40 { best = min(best, timing(repeats, input, parse) / Double(repeats)) }
    let rate = Double(input.count) / best / 1e6
    print("\(pad(name, 36)) \(pad(left: rounded(rate), 8)) MB/s \(pad(left: rounded(best * 1e9), 8)) ns")
}

private func timing(_ repeats: Int, _ input: [UInt8], _ parse: ([UInt8]) -> Int) -> Double {
    let start = now()
    var sum = 0
    for _ in 0..<repeats { sum &+= parse(input) }
    let time = now() - start
    precondition(sum == input.count &* repeats)
    return time
}

private func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func rounded(_ number: Double) -> String { String(Int(number.rounded())) }

private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

private func pad(left text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
