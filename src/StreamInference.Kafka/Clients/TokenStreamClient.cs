using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using StreamInference.Kafka.Control;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Clients;

/// <summary>What an answer gained with one record.</summary>
/// <param name="Index">Index of the first token here among the answer's tokens.</param>
/// <param name="Delta">New text.</param>
/// <param name="TokenIds">New tokens.</param>
/// <param name="FinishReason">Not null on the last one.</param>
/// <param name="ErrorCode">Not null where the finish reason is error.</param>
/// <param name="Position">Where a later reader goes on behind this record.</param>
public sealed record TokenStreamDelta(
    int Index, string Delta, IReadOnlyList<int> TokenIds, string? FinishReason, string? ErrorCode, TokenStreamPosition Position);

/// <summary>A place in the result topic: everything a reader needs to go on with an answer, after a restart or on another machine.</summary>
/// <param name="Partition">The partition of the answer's records.</param>
/// <param name="Offset">The first offset to read.</param>
public readonly record struct TokenStreamPosition(int Partition, long Offset);

/// <summary>
/// Sends prompts and reads their answers from the topics of a token stream, under <c>read_committed</c>: tokens come once, in order, also across
/// crashes of workers. Not thread-safe; the answers it gives may be read at the same time.
/// </summary>
public sealed class TokenStreamClient : IDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(30);

    private readonly KafkaSettings _settings;
    private readonly string _requestTopic;
    private readonly string _resultTopic;
    private readonly string? _controlTopic;
    private readonly RecordProducer _producer;

    /// <summary>Creates the client; it connects at the first use.</summary>
    /// <param name="settings">How the cluster is reached.</param>
    /// <param name="requestTopic">The pipeline's input topic.</param>
    /// <param name="resultTopic">The pipeline's output topic.</param>
    /// <param name="controlTopic">The pipeline's control topic; null: requests are not cancelled.</param>
    public TokenStreamClient(KafkaSettings settings, string requestTopic, string resultTopic, string? controlTopic = null)
    {
        _settings = settings;
        _requestTopic = requestTopic;
        _resultTopic = resultTopic;
        _controlTopic = controlTopic;
        _producer = new RecordProducer(settings);
    }

    /// <summary>Sends a request and reads its answer as it grows.</summary>
    /// <param name="id">The request's id and key; unique among requests whose answers are still read.</param>
    /// <param name="request">The fields of topics/llm/request.schema.json, without id.</param>
    /// <param name="cancellation">Ends the reading, not the generation.</param>
    /// <exception cref="KafkaUnavailableException">The topics cannot be reached.</exception>
    public IAsyncEnumerable<TokenStreamDelta> GenerateAsync(string id, IReadOnlyDictionary<string, object?> request, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(request);
        // The reader stands behind the last record before the request is sent, so it misses nothing of the answer.
        TopicReader reader = new(_settings, new TopicReaderOptions { Topics = [_resultTopic] });
        Dictionary<string, object?> fields = new(request) { ["id"] = id };
        _producer.Produce(_requestTopic, Encoding.UTF8.GetBytes(id), JsonSerializer.SerializeToUtf8Bytes(fields), cancellation: cancellation);
        return ReadAsync(reader, id, cancellation);
    }

    /// <summary>Goes on with an answer behind a record that was read before.</summary>
    public IAsyncEnumerable<TokenStreamDelta> ResumeAsync(string id, TokenStreamPosition position, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        TopicReaderOptions options = new() { Topics = [_resultTopic], Partitions = [position.Partition], From = new ReadFrom.At(position.Offset) };
        return ReadAsync(new TopicReader(_settings, options), id, cancellation);
    }

    /// <summary>
    /// Cancels a request: its answer ends soon with the finish reason <c>cancelled</c> and what it has, also when the request has not been read yet or its
    /// worker is down. One that is finished stays as it is. The id may be used again after 10 seconds.
    /// </summary>
    /// <param name="id">The request's id.</param>
    /// <param name="cancellation">Ends the wait for the cluster.</param>
    /// <exception cref="InvalidOperationException">The client has no control topic.</exception>
    /// <exception cref="KafkaUnavailableException">The cluster did not take the cancellation.</exception>
    public async Task CancelAsync(string id, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (_controlTopic is null) throw new InvalidOperationException("The client was made without a control topic.");
        long failed = _producer.Failed;
        _producer.Produce(_controlTopic, Encoding.UTF8.GetBytes(id), CancellationRecord.Write(id), cancellation: cancellation);
        // The client's call blocks; the caller's thread is not ours to hold.
        int queued = await Task.Run(() => _producer.Flush(FlushLimit), cancellation);
        if (queued > 0 || _producer.Failed > failed)
            throw new KafkaUnavailableException($"{_controlTopic} did not take the cancellation: {_producer.FirstFailure ?? _producer.LastError ?? "no answer in time"}");
    }

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();

    private static async IAsyncEnumerable<TokenStreamDelta> ReadAsync(TopicReader reader, string id, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using (reader)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                // The client's call blocks; the caller's thread is not ours to hold.
                TopicRecord? record = await Task.Run(() => reader.TryRead(Wait, out TopicRecord? read) ? read : null, cancellation);
                if (record?.Value is null || Parse(record, id) is not { } delta) continue;
                yield return delta;
                if (delta.FinishReason is not null) yield break;
            }
        }
    }

    private static TokenStreamDelta? Parse(TopicRecord record, string id)
    {
        using JsonDocument document = JsonDocument.Parse(record.Value);
        JsonElement root = document.RootElement;
        if (!root.TryGetProperty("id", out JsonElement found) || found.GetString() != id) return null;
        return new TokenStreamDelta(
            root.GetProperty("index").GetInt32(),
            root.GetProperty("delta").GetString()!,
            [.. root.GetProperty("token_ids").EnumerateArray().Select(token => token.GetInt32())],
            root.GetProperty("finish_reason").GetString(),
            root.TryGetProperty("error", out JsonElement error) ? error.GetProperty("code").GetString() : null,
            new TokenStreamPosition(record.Partition, record.Offset + 1));
    }
}
