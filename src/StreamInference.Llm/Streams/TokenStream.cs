using System.Text;
using StreamInference.Llm.Engine;
using StreamInference.Records;

namespace StreamInference.Llm.Streams;

/// <summary>One request at work: what it has made, and what of it is not written to a result yet. Owned by the runner's loop.</summary>
internal sealed class TokenStream(StreamRecord record, long engineId, string id, int[] resumed)
{
    private readonly StringBuilder _text = new();

    /// <summary>The input record, copied.</summary>
    public StreamRecord Record { get; } = record;

    /// <summary>The engine's id of the request.</summary>
    public long EngineId { get; } = engineId;

    /// <summary>The request's id for its readers.</summary>
    public string Id { get; } = id;

    /// <summary>All output tokens, those of earlier owners included.</summary>
    public List<int> Tokens { get; } = [.. resumed];

    /// <summary>Index of the first token that no result holds yet.</summary>
    public int FirstUnwritten { get; private set; } = resumed.Length;

    /// <summary>Log-probabilities of the unwritten tokens, where asked for.</summary>
    public List<TokenLogprobs> Logprobs { get; } = [];

    /// <summary>The engine's latest output.</summary>
    public GenerationOutput? Last { get; private set; }

    /// <summary>Whether there is something to write.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>Whether the engine has ended the request.</summary>
    public bool IsFinished => Last?.IsFinal == true;

    /// <summary>Takes an output of the engine.</summary>
    public void Append(GenerationOutput output)
    {
        if (output.TokenIds.Count > 0 && output.FirstTokenIndex != Tokens.Count)
            throw new InvalidOperationException($"The engine went on at token {output.FirstTokenIndex} behind {Tokens.Count}.");
        Tokens.AddRange(output.TokenIds);
        _text.Append(output.TextDelta);
        if (output.Logprobs is { } logprobs) Logprobs.AddRange(logprobs);
        Last = output;
        IsDirty |= output.TokenIds.Count > 0 || output.TextDelta.Length > 0 || output.IsFinal;
    }

    /// <summary>The text that no result holds yet.</summary>
    public string UnwrittenText => _text.ToString();

    /// <summary>Notes that everything up to here is in a result.</summary>
    public void MarkWritten()
    {
        FirstUnwritten = Tokens.Count;
        _text.Clear();
        Logprobs.Clear();
        IsDirty = false;
    }
}
