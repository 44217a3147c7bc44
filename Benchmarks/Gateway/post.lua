-- wrk ... -s post.lua URL -- BODY_FILE [KEY [NAMES]]: posts one body over and over; the result is one line of JSON.
-- With NAMES above 0, `000000` in the body becomes a number below that, drawn anew for every request.
function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    local body = file:read("*a")
    file:close()
    local fields = {["Content-Type"] = "application/json"}
    if arguments[2] and arguments[2] ~= "" then fields["Authorization"] = "Bearer " .. arguments[2] end
    local text = wrk.format("POST", nil, fields, body)
    local names = tonumber(arguments[3] or 0)
    if names == 0 then
        request = function() return text end
        return
    end
    local at = assert(text:find("000000", 1, true), "no model to change")
    local before, after = text:sub(1, at - 1), text:sub(at + 6)
    math.randomseed(os.time())
    request = function() return before .. string.format("%06d", math.random(0, names - 1)) .. after end
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format('{"ok":%d,"failed":%d,"why":"%d of status, %d of connections, %d late","seconds":%f,"p50_us":%d,"p99_us":%d}\n',
        summary.requests - e.status, e.status + e.connect + e.read + e.write + e.timeout,
        e.status, e.connect + e.read + e.write, e.timeout, summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
