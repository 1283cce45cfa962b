namespace StreamInference.Configuration;

/// <summary>"Did you mean": the nearest known name by edit distance.</summary>
internal static class Suggestions
{
    /// <summary>The message for an unknown key.</summary>
    public static string Unknown(string key, IEnumerable<string> known)
    {
        string[] names = [.. known];
        string hint = DidYouMean(key, names);
        return "unknown setting" + (hint.Length > 0 ? hint : "; known here: " + string.Join(", ", names));
    }

    /// <summary>"; did you mean …?", or nothing when no name is near.</summary>
    public static string DidYouMean(string text, IEnumerable<string> known)
    {
        (string? name, int distance) = known.Select(name => ((string?)name, Distance(text, name))).DefaultIfEmpty((null, int.MaxValue)).MinBy(pair => pair.Item2);
        return name is not null && distance <= Math.Max(2, Math.Min(text.Length, name.Length) / 3) ? $"; did you mean {name}?" : "";
    }

    // Optimal string alignment: a swap of neighbours, the commonest slip, counts once.
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) cost[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) cost[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j] + 1, cost[i, j - 1] + 1), cost[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[a.Length, b.Length];
    }
}
