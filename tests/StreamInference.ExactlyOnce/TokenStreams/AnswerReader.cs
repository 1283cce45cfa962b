using System.Text.Json;

namespace StreamInference.ExactlyOnce.TokenStreams;

/// <summary>Puts the answers together, and refuses what a reader must never see: a gap, a repeat, anything behind the final record.</summary>
internal sealed class AnswerReader
{
    private readonly Dictionary<string, Answer> _answers = [];

    public IReadOnlyDictionary<string, Answer> Answers => _answers;

    public int Finished { get; private set; }

    public int Tokens { get; private set; }

    public int Records { get; private set; }

    public List<string> Violations { get; } = [];

    /// <summary>Takes a record; returns the request that it answers.</summary>
    public string Take(byte[] value)
    {
        using JsonDocument document = JsonDocument.Parse(value);
        JsonElement root = document.RootElement;
        string id = root.GetProperty("id").GetString()!;
        if (!_answers.TryGetValue(id, out Answer? answer)) _answers[id] = answer = new Answer();
        int index = root.GetProperty("index").GetInt32();
        if (answer.IsFinished) Violations.Add($"{id}: a record at {index} behind the final one");
        if (index != answer.Tokens.Count) Violations.Add($"{id}: token {index} after {answer.Tokens.Count} tokens");
        foreach (JsonElement token in root.GetProperty("token_ids").EnumerateArray()) answer.Tokens.Add(token.GetInt32());
        answer.Text += root.GetProperty("delta").GetString();
        Records++;
        Tokens += root.GetProperty("token_ids").GetArrayLength();
        if (root.GetProperty("finish_reason").GetString() is not { } reason) return id;
        answer.FinishReason = reason;
        Finished++;
        return id;
    }
}

/// <summary>An answer as its reader sees it.</summary>
internal sealed class Answer
{
    public List<int> Tokens { get; } = [];

    public string Text { get; set; } = "";

    public string? FinishReason { get; set; }

    public bool IsFinished => FinishReason is not null;
}
