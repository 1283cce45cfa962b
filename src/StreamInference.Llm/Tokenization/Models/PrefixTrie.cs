namespace StreamInference.Llm.Tokenization.Models;

/// <summary>The tokens of a vocabulary by their characters, for "which tokens begin here". Open addressing over (node, character).</summary>
internal sealed class PrefixTrie
{
    /// <summary>The node of the empty prefix.</summary>
    public const int Root = 0;

    /// <summary>No such node, or no token ends at this node.</summary>
    public const int None = -1;

    private const ulong Empty = ulong.MaxValue;
    private readonly List<int> _tokens = [None];
    private ulong[] _edges = new ulong[1024];
    private int[] _targets = new int[1024];
    private int _shift = 64 - 10;
    private int _count;

    public PrefixTrie() => Array.Fill(_edges, Empty);

    public void Add(ReadOnlySpan<char> text, int token)
    {
        int node = Root;
        foreach (char c in text)
            node = StepOrAdd(node, c);
        _tokens[node] = token;
    }

    /// <summary>The node after one more character, or <see cref="None"/>.</summary>
    public int Step(int node, char c)
    {
        ulong edge = Pack(node, c);
        int slot = Find(edge);
        return _edges[slot] == edge ? _targets[slot] : None;
    }

    /// <summary>The token that ends at a node, or <see cref="None"/>.</summary>
    public int TokenAt(int node) => _tokens[node];

    private int StepOrAdd(int node, char c)
    {
        ulong edge = Pack(node, c);
        int slot = Find(edge);
        if (_edges[slot] == edge)
            return _targets[slot];
        if ((_count + 1) * 2 > _edges.Length)
        {
            Grow();
            slot = Find(edge);
        }

        _edges[slot] = edge;
        _targets[slot] = _tokens.Count;
        _tokens.Add(None);
        _count++;
        return _targets[slot];
    }

    private void Grow()
    {
        var (edges, targets) = (_edges, _targets);
        _edges = new ulong[edges.Length * 2];
        _targets = new int[edges.Length * 2];
        _shift--;
        Array.Fill(_edges, Empty);
        for (int i = 0; i < edges.Length; i++)
        {
            if (edges[i] == Empty)
                continue;
            int slot = Find(edges[i]);
            _edges[slot] = edges[i];
            _targets[slot] = targets[i];
        }
    }

    private static ulong Pack(int node, char c) => ((ulong)(uint)node << 16) | c;

    private int Find(ulong edge)
    {
        int slot = (int)((edge * 0x9E3779B97F4A7C15UL) >> _shift);
        while (_edges[slot] != edge && _edges[slot] != Empty)
            slot = (slot + 1) & (_edges.Length - 1);
        return slot;
    }
}
