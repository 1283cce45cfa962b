using System.Text.Json;

namespace StreamInference.Files.Writing;

/// <summary>How far a job has come: what a run that goes on starts from.</summary>
/// <param name="Job">Fingerprint of inputs, model and options: another job does not go on here.</param>
/// <param name="Next">The first row that is not in the output.</param>
/// <param name="OutputLength">Length of the output, without <paramref name="Tail"/>.</param>
/// <param name="Tail">Bytes behind it.</param>
/// <param name="DeadLetterLength">Length of the dead letters.</param>
/// <param name="Results">Results in the output.</param>
/// <param name="DeadLetters">Dead letters by code.</param>
/// <param name="FormatState">What the format needs to go on.</param>
/// <param name="IsComplete">Whether everything is written and only the names are left to change.</param>
internal sealed record JournalEntry(
    string Job, FilePosition Next, long OutputLength, byte[] Tail, long DeadLetterLength, long Results, Dictionary<string, long> DeadLetters, string? FormatState, bool IsComplete);

/// <summary>The journal of a job: one entry, replaced whole, so it is never torn.</summary>
internal sealed class FileJournal(string path)
{
    /// <summary>The entry; null where there is none.</summary>
    public JournalEntry? Read()
    {
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<JournalEntry>(File.ReadAllBytes(path));
        }
        catch (JsonException)
        {
            // Not ours, or of another version: the job starts again.
            return null;
        }
    }

    /// <summary>Replaces the entry. What it refers to must be on the disk already.</summary>
    public void Write(JournalEntry entry)
    {
        string next = path + ".tmp";
        using (FileStream file = new(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, entry);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        Folders.Sync(path);
    }

    /// <summary>Removes the journal: the job is over.</summary>
    public void Delete()
    {
        File.Delete(path);
        Folders.Sync(path);
    }
}
