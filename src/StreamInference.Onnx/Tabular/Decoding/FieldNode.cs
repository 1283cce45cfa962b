using System.Buffers.Text;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// A name on the way to the fields that the model reads: the pointers of a description as a tree. A node can be a field itself, have fields below
/// it, or both.
/// </summary>
internal sealed class FieldNode
{
    private readonly List<FieldNode> _children = [];
    private Utf8Lookup _names = new([]);

    private FieldNode(string name) => Name = name;

    internal string Name { get; }

    /// <summary>The field's index; -1 when only fields below it are read.</summary>
    internal int Field { get; private set; } = -1;

    /// <summary>The node's number in the tree, for marking it as seen.</summary>
    internal int Id { get; private set; }

    internal IReadOnlyList<FieldNode> Children => _children;

    internal bool HasChildren => _children.Count > 0;

    /// <summary>The layout that the last record had here.</summary>
    internal MemberLayout Layout { get; } = new();

    /// <summary>Builds the tree of pointers; the field's index is its place in the list.</summary>
    internal static FieldNode Build(IReadOnlyList<string> pointers, out int nodes)
    {
        FieldNode root = new("");
        nodes = 1;
        for (int field = 0; field < pointers.Count; field++)
        {
            FieldNode node = root;
            foreach (string name in FieldPattern.Segments(pointers[field])!)
            {
                FieldNode? child = node._children.Find(candidate => candidate.Name == name);
                if (child is null)
                {
                    child = new FieldNode(name) { Id = nodes++ };
                    node._children.Add(child);
                }

                node = child;
            }

            node.Field = field;
        }

        root.Seal();
        return root;
    }

    /// <summary>The child of this name; null when none of its fields is read.</summary>
    internal FieldNode? Child(ReadOnlySpan<byte> name)
    {
        int index = _names.Find(name);
        return index < 0 ? null : _children[index];
    }

    /// <summary>The child that stands at an index of an array.</summary>
    internal FieldNode? Child(int index)
    {
        if (!HasChildren) return null;
        Span<byte> text = stackalloc byte[11];
        Utf8Formatter.TryFormat(index, text, out int length);
        return Child(text[..length]);
    }

    private void Seal()
    {
        _names = new Utf8Lookup([.. _children.Select(child => child.Name)]);
        foreach (FieldNode child in _children) child.Seal();
    }
}
