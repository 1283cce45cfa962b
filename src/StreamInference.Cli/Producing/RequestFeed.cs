using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamInference.Cli.Producing;

/// <summary>Requests to a language model, each with an id that is also its key; one that has none gets one.</summary>
/// <param name="requests">The requests.</param>
/// <param name="output">Gets the ids, a line each.</param>
internal sealed class RequestFeed(IReadOnlyList<JsonObject> requests, TextWriter output) : IRecordFeed
{
    private readonly string _run = RandomNumberGenerator.GetHexString(8, lowercase: true);
    private int _next;

    public bool TryNext(out FeedRecord record)
    {
        record = default;
        if (_next == requests.Count) return false;
        JsonObject request = requests[_next++];
        string id = request["id"]?.ToString() ?? $"{_run}-{_next}";
        request["id"] = id;
        output.WriteLine(id);
        record = new FeedRecord(Encoding.UTF8.GetBytes(id), JsonSerializer.SerializeToUtf8Bytes(request));
        return true;
    }
}
