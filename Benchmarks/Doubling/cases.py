"""Inputs from outside, each made for any size: what a client sends, and what the upstream answers.

A case is a name, the bytes of a request for n bytes or pieces, those of the upstream's answer, and the largest n that the
gateway takes by its defaults, where that is looked at as well."""

import gzip
import json
import zlib

KEY = "sk-doubling-0123456789abcdef0123456789abcdef"
MiB = 1 << 20
# As large as a request's body, a whole answer and an event of a stream may be, with room for what stands around.
BODY, ANSWER, EVENT = 32 * MiB - 4096, 64 * MiB - 4096, 8 * MiB - 4096


def repeated(unit, size):
    """`unit`, a text or a function of the number, so often that it takes about `size` bytes."""
    if callable(unit):
        # Numbers grow: the last one is the longest.
        return "".join(unit(number) for number in range(max(1, size // len(unit(size // 8 + 10)))))
    return unit * max(1, size // len(unit.encode()))


def request(body, path="/v1/chat/completions", fields="", method="POST"):
    body = body.encode() if isinstance(body, str) else body
    head = f"{method} {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
    return head.encode() + body


def chunked_request(body, size):
    parts = b"".join(b"%x\r\n%b\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size))
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer {KEY}\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head.encode() + parts + b"0\r\n\r\n"


def chat(more="", model="m", messages="[]"):
    return f'{{{more}"model":"{model}","messages":{messages}}}'


SMALL = request(chat())
STREAM = request(chat('"stream":true,'))
RESPONSES = request('{"model":"m","input":"a"}', "/v1/responses")
RESPONSES_STREAM = request('{"model":"m","input":"a","stream":true}', "/v1/responses")


def answer(body, kind="application/json", status="200 OK", fields=""):
    body = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


COMPLETION = ('{"id":"g","object":"chat.completion","model":"x","choices":[{"index":0,"message":{"role":"assistant",'
              '"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}')
PLAIN = answer(COMPLETION)


def events(*data):
    return "".join(f"data: {line}\n\n" for line in data)


def stream(text):
    return answer(text, "text/event-stream")


def chunk(content='"Hi"', more=""):
    return (f'{{"id":"g","object":"chat.completion.chunk","model":"x",{more}"choices":[{{"index":0,"delta":{{"content":{content}}},'
            '"finish_reason":null}]}')


LAST = '{"model":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
COMPLETED = '{"type":"response.completed","response":{"id":"r","model":"x","output":[]}}'


def error(message='"No."', more="", status="500 Oops"):
    return answer(f'{{"error":{{"message":{message},"code":500{more}}}}}', status=status)


class Case:
    def __init__(self, name, make_request=None, make_answer=None, most=None, size=1 << 16):
        self.name, self.size, self.most = name, size, most
        self.make_request = make_request or (lambda n: SMALL)
        self.make_answer = make_answer or (lambda n: PLAIN)


def body_cases():
    """Bodies of requests."""
    def more(name, unit, size=1 << 16, model="m", before="", after=""):
        return Case(f"body: {name}", lambda n: request(chat(before + repeated(unit, n) + after, model)), most=BODY, size=size)

    def messages(name, make, size=1 << 16):
        return Case(f"body: {name}", lambda n: request(chat(messages=make(n))), most=BODY, size=size)

    def whole(name, make, size=1 << 16):
        return Case(f"body: {name}", lambda n: request(make(n)), most=BODY, size=size)

    def packed(name, codings, make, packs=(gzip.compress,)):
        def body(n):
            packed = make(n).encode()
            for pack in packs:
                packed = pack(packed)
            return request(packed, fields=f"Content-Encoding: {codings}\r\n")
        return Case(f"body: {name}", body, most=BODY, size=1 << 18)

    nest = "[" * 100 + "]" * 100 + ","
    return [
        packed("packed text", "gzip", lambda n: chat(f'"x":"{"a" * n}",')),
        packed("packed members", "deflate", lambda n: chat(repeated(lambda i: f'"a{i}":1,', n)), packs=(zlib.compress,)),
        packed("packed twice", "gzip, gzip", lambda n: chat(f'"x":"{"a" * n}",'), packs=(gzip.compress, gzip.compress)),
        packed("packed, too large", "gzip", lambda n: " " * (256 * MiB if n >= BODY else n)),
        more("many members", lambda i: f'"a{i}":1,'),
        more("many members, rules of the deployment", lambda i: f'"a{i}":1,', model="rules"),
        more("equal members", '"x":1,'),
        more("equal models", '"model":1,'),
        more("equal models between others", '"model":1,"x":1,'),
        more("members for the gateway", '"cache":1,"tags":[],"timeout":1,'),
        more("members for the gateway between others", '"cache":1,"x":1,'),
        more("equal members that are renamed", '"max_completion_tokens":1,', model="rules"),
        more("equal members that are dropped", '"top_k":1,"x":1,', model="rules"),
        more("equal options of a stream", '"stream_options":{},', after='"stream":true,'),
        more("names with escapes", '"m\\u006fdfl":1,'),
        more("long names", '"' + "n" * 500 + '":1,'),
        more("blanks", " \n"),
        more("empty objects", '"a":{},'),
        more("many metadata", lambda i: f'"a{i}":"b",', before='"metadata":{', after='"z":1},'),
        more("tags in metadata", lambda i: f'"tags":["t{i}"],', before='"metadata":{', after='"z":1},'),
        more("chain of models", lambda i: f'"m{i}",', before='"models":[', after='"z"],'),
        more("fallbacks", lambda i: f'"f{i}",', before='"fallbacks":[', after='"z"],'),
        more("members of a fallback", lambda i: f'"a{i}":1,', before='"fallbacks":[{"model":"m",', after='"z":1}],'),
        more("a fallback's long member", "a", before='"fallbacks":[{"model":"m","user":"', after='"}],'),
        more("a timeout of many digits", "1", before='"timeout":', after=","),
        whole("a model's long name", lambda n: chat(model="m" * n)),
        messages("array of numbers", lambda n: "[" + repeated("1,", n) + "1]"),
        messages("array of empty arrays", lambda n: "[" + repeated("[],", n) + "1]"),
        messages("nested arrays", lambda n: "[" + repeated(nest, n) + "1]"),
        messages("one long string", lambda n: '["' + "a" * n + '"]'),
        messages("one string of escapes", lambda n: '["' + repeated("\\n", n) + '"]'),
        messages("one string of code points", lambda n: '["' + repeated("\\u00e9", n) + '"]'),
        messages("one string of pairs", lambda n: '["' + repeated("\\ud83d\\ude00", n) + '"]'),
        messages("one string of two bytes each", lambda n: '["' + repeated("\u00e9", n) + '"]'),
        messages("one long number", lambda n: "[" + "9" * n + "]"),
        messages("short strings", lambda n: "[" + repeated('"a",', n) + "1]"),
        messages("conversation", lambda n: "[" + repeated(
            '{"role":"user","content":"The \\"operator\'s\\" manual says so."},', n) + "{}]"),
        whole("no JSON", lambda n: "x" * n),
        whole("cut", lambda n: '{"model":"m","messages":[' + "[" * 100 + repeated("1,", n)),
        Case("body: chunks of one byte", lambda n: chunked_request(chat(messages='["' + "a" * n + '"]').encode(), 1), most=2 * MiB),
        Case("body: chunks of 100 bytes", lambda n: chunked_request(chat(messages='["' + "a" * n + '"]').encode(), 100), most=BODY),
    ]


def head_cases():
    """Heads of requests; their limits are small, so all of them stay below."""
    return [
        Case("head: many fields", lambda n: request(chat(), fields="".join(f"X-{i}: a\r\n" for i in range(n))), size=90),
        Case("head: fields of one name", lambda n: request(chat(), fields="Connection: a,b\r\n" * n), size=90),
        Case("head: a long field", lambda n: request(chat(), fields=f"X-A: {'a' * n}\r\n"), size=8000),
        Case("head: a long list", lambda n: request(chat(), fields=f"Connection: {'a,' * (n // 2)}\r\n"), size=8000),
        Case("head: a long query", lambda n: request("", "/v1/models?" + repeated("a=%20&", n), method="GET"), size=8000),
        Case("head: a long path", lambda n: request("", "/v1/models/" + repeated("a/", n), method="GET"), size=4000),
        Case("head: a path of encoded octets", lambda n: request("", "/v1/models/" + repeated("%41", n), method="GET"), size=8000),
        Case("head: slashes", lambda n: request("", "/v1/models" + "/" * n, method="GET"), size=8000),
        Case("head: many tags", lambda n: request(chat(), fields=f"x-litellm-tags: {'a,' * (n // 2)}\r\n"), size=8000),
        Case("head: a route's long model", lambda n: request("", "/route?model=" + "m" * n, method="GET"), size=8000),
        Case("name: stars", lambda n: request(chat(model="w" + "/a" * (n // 2))), size=240),
        Case("name: unknown", lambda n: request(chat(model="u" * n)), size=128),
    ]


def answer_cases():
    """Whole answers."""
    def whole(name, make, asked=SMALL, size=1 << 16, most=ANSWER):
        return Case(f"answer: {name}", lambda n: asked, lambda n: answer(make(n)), most=most, size=size)

    def members(name, unit):
        return whole(name, lambda n: "{" + repeated(unit, n) + '"choices":[{"message":{"content":"a"}}]}')

    def choices(name, unit):
        return whole(name, lambda n: '{"choices":[' + repeated(unit, n) + '{"message":{"content":"a"}}]}')

    def response(name, unit):
        return whole(name, lambda n: '{"model":"x","output":[' + repeated(unit, n) + "{}]}", RESPONSES)

    return [
        members("many members", lambda i: f'"a{i}":1,'),
        members("equal models", '"model":1,'),
        members("equal models between others", '"model":1,"x":1,'),
        members("usages", '"usage":{"prompt_tokens":1},'),
        members("equal choices", '"choices":[],'),
        members("a long string", '"x":"' + "a" * 1000 + '",'),
        choices("many choices", '{"message":{"content":"a"},"finish_reason":"stop"},'),
        choices("choices that are numbers", "{},"),
        whole("one long text", lambda n: '{"choices":[{"message":{"content":"' + "a" * n + '"}}]}'),
        whole("one text of escapes", lambda n: '{"choices":[{"message":{"content":"' + repeated("\\n", n) + '"}}]}'),
        whole("one text of code points", lambda n: '{"choices":[{"message":{"content":"' + repeated("\\u00e9", n) + '"}}]}'),
        whole("numbers", lambda n: '{"choices":[{"x":[' + repeated("0.123,", n) + "1]}]}"),
        response("items", '{"type":"message"},'),
        whole("no JSON", lambda n: "x" * n),
        whole("an error inside", lambda n: '{"error":{"message":"' + "a" * n + '"}}'),
        whole("an error of suspicious text", lambda n: '{"error":{"message":"' + repeated("sk-or-v1-x key=", n) + '"}}'),
        whole("an error's metadata", lambda n: '{"error":{"message":"a","metadata":{"raw":"' + repeated("sk-x ", n) + '"}}}'),
        whole("an error of many members", lambda n: '{"error":{' + repeated('"x":1,', n) + '"message":"a"}}'),
        Case("answer: chunks of one byte", None, lambda n: chunked_answer(n, 1), most=4 * MiB),
        Case("answer: gzip", None, lambda n: zipped(n), most=ANSWER),
        Case("answer: many fields", None, lambda n: answer(
            COMPLETION, fields="".join(f"X-{i}: a\r\n" for i in range(n))), size=450),
        Case("answer: interim heads", None, lambda n: b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" * n + PLAIN, size=2000),
        Case("answer: a status with a long body", None, lambda n: answer("x" * n, status="500 Oops"), most=MiB - 4096),
        Case("answer: a status with a long error", None, lambda n: error('"' + repeated("context of sk-a ", n) + '"'), most=MiB - 4096),
        Case("answer: a status with metadata", None, lambda n: error(more=',"metadata":{"raw":"' + repeated('{\\"a\\":1}', n) + '"}'),
             most=MiB - 4096),
        Case("answer: a 400 of words", None, lambda n: error(
            '"' + repeated("maximum context lengt ", n) + '"', status="400 Bad"), most=MiB - 4096),
        Case("answer: a 400 of words in metadata", None, lambda n: error(
            more=',"metadata":{"raw":{"message":"' + repeated("content management polic ", n) + '"}}', status="400 Bad"),
             most=MiB - 4096),
    ]


def chunked_answer(n, size):
    body = ('{"choices":[{"message":{"content":"' + "a" * n + '"}}]}').encode()
    parts = b"".join(b"%x\r\n%b\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size))
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + parts + b"0\r\n\r\n"


def zipped(n):
    body = gzip.compress(('{"choices":[{"message":{"content":"' + "a" * n + '"}}]}').encode(), 9)
    return answer(body, fields="Content-Encoding: gzip\r\n")


def stream_cases():
    """Streams, and whole answers where one was asked for."""
    def of(name, make, asked=STREAM, size=1 << 16, most=16 * MiB):
        return Case(f"stream: {name}", lambda n: asked, lambda n: stream(make(n)), most=most, size=size)

    def one(name, make):
        return of(name, lambda n: events(make(n), LAST, "[DONE]"), most=EVENT)

    def whole(name, make, asked=STREAM, most=ANSWER):
        return Case(f"whole as stream: {name}", lambda n: asked, lambda n: answer(make(n)), most=most)

    end = events(LAST, "[DONE]")
    return [
        of("usual chunks", lambda n: repeated(events(chunk()), n) + end),
        of("chunks that all differ", lambda n: repeated(lambda i: events(chunk(more=f'"x{i}":1,')), n) + end),
        of("tiny events", lambda n: repeated("data:{}\n\n", n) + end),
        of("comments", lambda n: repeated(":\n", n) + end, most=EVENT),
        of("comment events", lambda n: repeated(":\n\n", n) + end),
        of("empty lines", lambda n: repeated("\n", n) + end),
        of("carriage returns", lambda n: repeated("data:{}\r\r", n) + end),
        of("data lines of one event", lambda n: "data:{\n" + repeated("data:\n", n) + "data:}\n\n" + end, most=EVENT),
        of("names of one event", lambda n: repeated("event: a\n", n) + "data:{}\n\n" + end, most=EVENT),
        of("finished choices", lambda n: repeated(
            lambda i: events('{"choices":[{"index":' + str(i + 100) + ',"finish_reason":"stop"}]}'), n) + end),
        of("chunks of usage", lambda n: repeated(events('{"model":"x","choices":[],"usage":{"prompt_tokens":1}}'), n) + end),
        of("nothing but a cut", lambda n: "data: " + "x" * n, most=EVENT),
        one("a long text", lambda n: chunk('"' + "a" * n + '"')),
        one("a text of escapes", lambda n: chunk('"' + repeated("\\n", n) + '"')),
        one("many choices", lambda n: '{"choices":[' + repeated('{"delta":{"content":"a"}},', n) + "{}]}"),
        one("many models", lambda n: "{" + repeated('"model":1,', n) + '"choices":[]}'),
        one("many usages", lambda n: "{" + repeated('"usage":{"prompt_tokens":1},', n) + '"model":"x","choices":[]}'),
        one("members of a delta", lambda n: '{"choices":[{"delta":{' + repeated('"a":"b",', n) + '"c":1}}]}'),
        one("an error", lambda n: '{"error":{"message":"' + "a" * n + '"}}'),
        of("responses: deltas", lambda n: repeated(
            'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"a"}\n\n', n)
            + events(COMPLETED), RESPONSES_STREAM),
        of("responses: many models", lambda n: events(
            '{"type":"response.completed","response":{' + repeated('"model":1,', n) + '"id":"r"}}'), RESPONSES_STREAM, most=EVENT),
        of("responses: many responses", lambda n: events(
            '{"type":"response.completed",' + repeated('"response":{"model":1},', n) + '"response":{}}'), RESPONSES_STREAM, most=EVENT),
        whole("text", lambda n: '{"model":"x","choices":[{"message":{"content":"' + "a" * n + '"}}]}'),
        whole("choices", lambda n: '{"model":"x","choices":[' + repeated('{"message":{"content":"a"}},', n) + "{}]}"),
        whole("members", lambda n: "{" + repeated('"a":1,', n) + '"choices":[{"message":{"content":"a"}}]}'),
        whole("members times choices", lambda n: "{" + repeated('"a":1,', n) + '"choices":[' + repeated("{},", n) + "{}]}", most=MiB),
        whole("calls of tools", lambda n: '{"choices":[{"message":{"tool_calls":[' + repeated('{"id":"a"},', n) + "{}]}}]}"),
        whole("pretty", lambda n: '{"choices":[{"message":{"a":[' + repeated("1,\n ", n) + "1]}}]}"),
        whole("responses: parts", lambda n: '{"output":[{"type":"message","content":['
              + repeated('{"type":"output_text","text":"a"},', n) + "{}]}]}", RESPONSES_STREAM),
        whole("responses: items", lambda n: '{"output":[' + repeated('{"type":"message"},', n) + "{}]}", RESPONSES_STREAM),
        whole("responses: text", lambda n: '{"output":[{"type":"message","content":[{"type":"output_text","text":"'
              + "a" * n + '"}]}]}', RESPONSES_STREAM),
    ]


def cases():
    return body_cases() + head_cases() + answer_cases() + stream_cases()


def config(port):
    """Deployments for all cases. The keys of the last ones are what the redactor knows."""
    base = f"http://127.0.0.1:{port}/v1"
    models = [
        {"model_name": "m", "litellm_params": {"model": "openai/x", "api_base": base, "api_key": "sk-upstream-0123456789"}},
        {"model_name": "rules", "litellm_params": {
            "model": "groq/x", "api_base": base, "api_key": "sk-upstream-0123456789", "seed": 1, "additional_drop_params": ["top_k"]}},
        {"model_name": "w*/a*/a*/a*/b", "litellm_params": {"model": "openai/x", "api_base": base, "api_key": "k-1234567"}},
        {"model_name": "canned", "litellm_params": {"model": "openai/x", "mock_response": "Hello."}},
    ]
    models += [{"model_name": f"more/model-{i}", "litellm_params": {
        "model": f"openai/model-{i}", "api_base": base, "api_key": f"sk-or-v1-{i:032x}"}} for i in range(500)]
    return json.dumps({
        "model_list": models, "general_settings": {"master_key": KEY},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True}})


def config_cases():
    """Files of the configuration, for `penstock check`."""
    entry = '{"model_name":"m%d","litellm_params":{"model":"openai/x%d","api_key":"k%d"}}'

    def models(n, unit=entry):
        return "[" + ",".join(unit % (i, i, i) for i in range(n)) + "]"

    def aliases(make):
        return lambda n: '{"model_list":%s,"router_settings":{"model_group_alias":{%s}}}' % (
            models(1), ",".join(make(i, n) for i in range(n)))

    def lists(key, value):
        return lambda n: '{"model_list":%s,"router_settings":{"%s":[%s]}}' % (models(n), key, ",".join(value % i for i in range(n)))

    return [
        ("config: models", lambda n: '{"model_list":%s}' % models(n), 400),
        ("config: one group", lambda n: '{"model_list":%s}' % models(
            n, '{"model_name":"m","litellm_params":{"model":"openai/x%d","api_key":"k%d","seed":%d}}'), 300),
        ("config: wildcards", lambda n: '{"model_list":%s}' % models(
            n, '{"model_name":"m%d/*","litellm_params":{"model":"openai/x%d/*","api_key":"k%d"}}'), 400),
        ("config: repeated ids", lambda n: '{"model_list":%s}' % models(
            n, '{"model_name":"m%d","litellm_params":{"model":"openai/x%d","api_key":"k%d"},"model_info":{"id":"i"}}'), 400),
        ("config: unknown keys", lambda n: "{%s}" % ",".join('"modellist%d":1' % i for i in range(n)), 500),
        ("config: unknown parameters", lambda n: '{"model_list":[{"model_name":"m","litellm_params":{"model":"openai/x",%s}}]}' % (
            ",".join('"api_kez%d":1' % i for i in range(n))), 500),
        ("config: aliases in a row", aliases(lambda i, n: '"a%d":"a%d"' % (i, i + 1)), 1000),
        ("config: aliases in a circle", aliases(lambda i, n: '"a%d":"a%d"' % (i, (i + 1) % n)), 1000),
        ("config: aliases to nowhere", aliases(lambda i, n: '"a%d":"nowhere%d"' % (i, i)), 1000),
        ("config: fallbacks", lists("fallbacks", '{"m%d":["m1"]}'), 400),
        ("config: fallbacks to nowhere", lists("fallbacks", '{"m%d":["nowhere"]}'), 400),
        ("config: default fallbacks", lists("default_fallbacks", '"nowhere%d"'), 400),
        ("config: nested", lambda n: '{"general_settings":{"x":[%s]}}' % ",".join(["[[[[[[[[]]]]]]]]"] * n), 1000),
        ("config: long text", lambda n: '{"general_settings":{"x":"%s"}}' % ("a\\n" * n), 20000),
    ]
