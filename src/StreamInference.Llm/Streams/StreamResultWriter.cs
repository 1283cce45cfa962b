using System.Runtime.InteropServices;
using System.Text.Json;
using StreamInference.Llm.Engine;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Llm.Streams;

/// <summary>Writes the results of streams as JSON (topics/llm/result.schema.json), and the progress that each result makes.</summary>
internal sealed class StreamResultWriter(ModelIdentity model, TimeProvider time) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(Stream.Null);

    /// <summary>Writes what a stream made since its last result; the stream is written up to date afterwards.</summary>
    public void Write(TokenStream stream, ResultBatch into)
    {
        bool failed = stream.Last?.FinishReason == FinishReason.Error;
        WriteValue(stream, into, stream.Last?.Error is { } error ? new RecordError(error.Code, error.Detail) : null);
        into.Add(stream.Record, stream.FirstUnwritten, stream.IsFinished && !failed);
        // The reader of the results learns of the failure from the final result, the operator from the dead letter.
        if (failed) into.AddFailure(stream.Record, new RecordError(stream.Last!.Error!.Code, stream.Last.Error.Detail), stream.Tokens.Count);
        WriteProgress(stream, into);
        stream.MarkWritten();
    }

    /// <summary>Writes the two results of a request that never ran.</summary>
    public void WriteRefusal(TokenStream stream, RecordError error, ResultBatch into)
    {
        WriteValue(stream, into, error);
        into.Add(stream.Record, 0, isFinal: false);
        into.AddFailure(stream.Record, error, 1);
        StreamProgress.WriteDone(into, time.GetUtcNow());
        into.AddProgress(stream.Record, 0);
    }

    /// <summary>
    /// Writes all of a finished stream as the one result of its record, without what another run would not repeat: its times, and what the prefix
    /// cache had.
    /// </summary>
    public void WriteAnswer(TokenStream stream, ResultBatch into)
    {
        GenerationOutput last = stream.Last!;
        if (last.Error is { } error)
        {
            into.AddFailure(stream.Record, new RecordError(error.Code, error.Detail));
            return;
        }

        _json.Reset(into);
        _json.WriteStartObject();
        WriteIdentity(stream);
        _json.WriteString("text"u8, stream.UnwrittenText);
        WriteTokens(stream);
        _json.WriteString("finish_reason"u8, NameOf(last.FinishReason!.Value));
        _json.WriteStartObject("usage"u8);
        WriteCounts(last);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        into.Add(stream.Record);
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void WriteProgress(TokenStream stream, ResultBatch into)
    {
        if (stream.IsFinished)
        {
            StreamProgress.WriteDone(into, time.GetUtcNow());
            into.AddProgress(stream.Record, 0);
            for (int slot = 1; slot <= stream.Tokens.Count / StreamProgress.SlotSize; slot++) into.DeleteProgress(stream.Record, slot);
            return;
        }

        ReadOnlySpan<int> tokens = CollectionsMarshal.AsSpan(stream.Tokens);
        for (int slot = stream.FirstUnwritten / StreamProgress.SlotSize; slot * StreamProgress.SlotSize < tokens.Length; slot++)
        {
            int start = slot * StreamProgress.SlotSize;
            StreamProgress.WriteRunning(into, time.GetUtcNow(), tokens[start..Math.Min(tokens.Length, start + StreamProgress.SlotSize)]);
            into.AddProgress(stream.Record, slot);
        }
    }

    private void WriteValue(TokenStream stream, ResultBatch into, RecordError? error)
    {
        _json.Reset(into);
        _json.WriteStartObject();
        WriteIdentity(stream);
        _json.WriteNumber("index"u8, stream.FirstUnwritten);
        _json.WriteString("delta"u8, stream.UnwrittenText);
        WriteTokens(stream);
        FinishReason? finish = error is not null ? FinishReason.Error : stream.Last?.FinishReason;
        if (finish is { } reason) _json.WriteString("finish_reason"u8, NameOf(reason));
        else _json.WriteNull("finish_reason"u8);
        if (error is not null) WriteError(error);
        if (finish is not null && stream.Last is { } last) WriteUsage(last);
        _json.WriteEndObject();
        _json.Flush();
    }

    private void WriteIdentity(TokenStream stream)
    {
        _json.WriteString("id"u8, stream.Id);
        _json.WriteString("model"u8, model.Name);
        _json.WriteNumber("version"u8, model.Version);
    }

    private void WriteTokens(TokenStream stream)
    {
        _json.WriteStartArray("token_ids"u8);
        foreach (int token in CollectionsMarshal.AsSpan(stream.Tokens)[stream.FirstUnwritten..]) _json.WriteNumberValue(token);
        _json.WriteEndArray();
        WriteLogprobs(stream);
    }

    private void WriteLogprobs(TokenStream stream)
    {
        if (stream.Logprobs.Count == 0) return;
        _json.WriteStartArray("logprobs"u8);
        foreach (TokenLogprobs entry in stream.Logprobs)
        {
            _json.WriteStartObject();
            _json.WriteNumber("token_id"u8, entry.TokenId);
            _json.WriteNumber("logprob"u8, entry.Logprob);
            _json.WriteStartArray("top"u8);
            foreach (TokenLogprob top in entry.Top)
            {
                _json.WriteStartObject();
                _json.WriteNumber("token_id"u8, top.TokenId);
                _json.WriteNumber("logprob"u8, top.Logprob);
                _json.WriteEndObject();
            }

            _json.WriteEndArray();
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteError(RecordError error)
    {
        _json.WriteStartObject("error"u8);
        _json.WriteString("code"u8, error.Code);
        _json.WriteString("message"u8, error.Detail);
        _json.WriteEndObject();
    }

    private void WriteUsage(GenerationOutput last)
    {
        _json.WriteStartObject("usage"u8);
        WriteCounts(last);
        _json.WriteNumber("cached_tokens"u8, last.Usage.CachedTokens);
        _json.WriteEndObject();
        _json.WriteStartObject("timings"u8);
        _json.WriteNumber("queue_ms"u8, Math.Round(last.Timings.Queued.TotalMilliseconds, 3));
        _json.WriteNumber("ttft_ms"u8, Math.Round(last.Timings.TimeToFirstToken.TotalMilliseconds, 3));
        _json.WriteNumber("total_ms"u8, Math.Round(last.Timings.Total.TotalMilliseconds, 3));
        int decoded = last.Usage.CompletionTokens - 1;
        double decoding = (last.Timings.Total - last.Timings.TimeToFirstToken).TotalMilliseconds;
        if (decoded > 0) _json.WriteNumber("per_token_ms"u8, Math.Round(decoding / decoded, 3));
        _json.WriteEndObject();
    }

    private void WriteCounts(GenerationOutput last)
    {
        _json.WriteNumber("prompt_tokens"u8, last.Usage.PromptTokens);
        _json.WriteNumber("completion_tokens"u8, last.Usage.CompletionTokens);
        _json.WriteNumber("total_tokens"u8, last.Usage.PromptTokens + last.Usage.CompletionTokens);
    }

    private static string NameOf(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Cancelled => "cancelled",
        FinishReason.DeadlineExceeded => "deadline_exceeded",
        _ => "error",
    };
}
