-- wrk ... -s post.lua URL -- BODY_FILE [KEY [NAMES]]: posts one body over and over; the result is one line of JSON.
-- NAMES: "many/0" in the body becomes another name for each request, out of so many.
function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    local body = file:read("*a")
    file:close()
    local fields = {["Content-Type"] = "application/json"}
    if arguments[2] and arguments[2] ~= "" then fields["Authorization"] = "Bearer " .. arguments[2] end
    local names = tonumber(arguments[3] or "0")
    if names > 0 then
        math.randomseed(1)
        request = function()
            local name = string.format("many/%d", math.random(names))
            return wrk.format("POST", nil, fields, (body:gsub("many/0", name, 1)))
        end
    else
        local text = wrk.format("POST", nil, fields, body)
        request = function() return text end
    end
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format('{"ok":%d,"failed":%d,"why":"%d of status, %d of connections, %d late","seconds":%f,"p50_us":%d,"p99_us":%d}\n',
        summary.requests - e.status, e.status + e.connect + e.read + e.write + e.timeout,
        e.status, e.connect + e.read + e.write, e.timeout, summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
