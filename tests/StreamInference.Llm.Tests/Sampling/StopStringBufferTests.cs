using CsCheck;
using StreamInference.Llm.Sampling;

namespace StreamInference.Llm.Tests.Sampling;

public class StopStringBufferTests
{
    [Fact]
    public void Any_cut_of_the_text_gives_the_text_before_the_first_stop()
    {
        Gen<string> text = Gen.Char["abc"].Array[0, 40].Select(chars => new string(chars));
        Gen<string> stop = Gen.Char["abc"].Array[1, 4].Select(chars => new string(chars));
        Gen.Select(text, stop.Array[0, 3], Gen.Int[1, 5]).Sample((whole, stops, piece) =>
        {
            StopStringBuffer buffer = new(stops);
            string emitted = string.Empty;
            for (int at = 0; at < whole.Length && !buffer.Stopped; at += piece) emitted += buffer.Append(whole.Substring(at, Math.Min(piece, whole.Length - at)));
            bool stopped = buffer.Stopped;
            emitted += buffer.Flush();
            return stopped == stops.Any(whole.Contains) && emitted == Expected(whole, stops, piece);
        }, iter: 5000);
    }

    [Fact]
    public void Only_what_may_become_a_stop_is_held_back()
    {
        StopStringBuffer buffer = new(["</s>"]);
        Assert.Equal("a", buffer.Append("a<"));
        Assert.Equal("", buffer.Append("/s"));
        Assert.Equal("</sx", buffer.Append("x"));
    }

    // A stop ends the text when it is complete: with overlapping stops the one completed in an earlier piece wins.
    private static string Expected(string whole, string[] stops, int piece)
    {
        for (int end = 0; end < whole.Length;)
        {
            end = Math.Min(whole.Length, end + piece);
            int[] found = [.. stops.Select(s => whole[..end].IndexOf(s, StringComparison.Ordinal)).Where(at => at >= 0)];
            if (found.Length > 0) return whole[..found.Min()];
        }
        return whole;
    }
}
