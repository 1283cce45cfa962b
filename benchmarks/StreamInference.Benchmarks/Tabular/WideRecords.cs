using System.Globalization;
using System.Text;

namespace StreamInference.Benchmarks.Tabular;

/// <summary>
/// Records of the shape of the ULB card data: a time, 28 principal components with up to 15 digits, an amount; 30 columns and about 710 bytes.
/// </summary>
internal static class WideRecords
{
    internal const int Columns = 30;

    internal static byte[][] Create(int count, bool spaced)
    {
        Random random = new(7);
        string comma = spaced ? ", " : ",";
        string colon = spaced ? ": " : ":";
        return [.. Enumerable.Range(0, count).Select(row => Encoding.UTF8.GetBytes($"{{{string.Join(comma, Members(random, row, colon))}}}"))];
    }

    private static IEnumerable<string> Members(Random random, int row, string colon)
    {
        yield return $"\"Time\"{colon}{row * 7}";
        for (int component = 1; component <= 28; component++)
            yield return string.Create(CultureInfo.InvariantCulture, $"\"V{component}\"{colon}{(random.NextDouble() * 4) - 2:G15}");
        yield return string.Create(CultureInfo.InvariantCulture, $"\"Amount\"{colon}{random.NextDouble() * 300:F2}");
    }
}
