using System.Text.Json;
using System.Text.Unicode;

namespace StreamInference.Llm.Tokenization;

/// <summary>Opens a JSON file with its complaints turned into <see cref="TokenizerFormatException"/>.</summary>
internal static class JsonFile
{
    public static JsonDocument Open(string path) => Parse(ReadBytes(path), path);

    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, string name)
    {
        if (!Utf8.IsValid(utf8.Span))
            throw new TokenizerFormatException($"{name}: not valid UTF-8");
        try
        {
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException broken)
        {
            throw new TokenizerFormatException($"{name}: line {broken.LineNumber + 1}: not valid JSON: {broken.Message}", broken);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFormatException($"{path}: cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
