using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StreamInference.Files.Reading;

/// <summary>
/// The JSON object that the columns of a table make: which constant bytes stand before each column's value. A name that is a JSON pointer
/// (<c>/card/limit</c>) puts its column below objects; any other is a member of the row.
/// </summary>
internal sealed class RowPlan
{
    private readonly (byte[] Before, int Column)[] _steps;
    private readonly byte[] _end;

    private RowPlan(Node root)
    {
        List<byte> constant = [];
        List<(byte[] Before, int Column)> steps = [];
        Visit(root, constant, steps);
        _steps = [.. steps];
        _end = [.. constant];
    }

    /// <summary>What stands before the value of each column, in the order of the object.</summary>
    public ReadOnlySpan<(byte[] Before, int Column)> Steps => _steps;

    /// <summary>What stands behind the last value.</summary>
    public ReadOnlySpan<byte> End => _end;

    /// <summary>Plans the object of columns with these paths.</summary>
    /// <exception cref="ArgumentException">Two columns have one name, or one stands above another.</exception>
    public static RowPlan Of(IEnumerable<IReadOnlyList<string>> paths)
    {
        Node root = new();
        int column = 0;
        foreach (IReadOnlyList<string> path in paths) Add(root, path, column++);
        return new RowPlan(root);
    }

    /// <summary>The path that a column's name says.</summary>
    public static IReadOnlyList<string> PathOf(string name) =>
        name.StartsWith('/') ? [.. name[1..].Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))] : [name];

    private static void Add(Node root, IReadOnlyList<string> path, int column)
    {
        Node node = root;
        foreach (string name in path)
        {
            if (node.Column >= 0) throw new ArgumentException($"\"{string.Join('/', path)}\" stands below another column");
            if (!node.Children.TryGetValue(name, out Node? child)) node.Children.Add(name, child = new Node());
            node = child;
        }

        if (node.Column >= 0) throw new ArgumentException($"\"{string.Join('/', path)}\" is there twice");
        if (node.Children.Count > 0) throw new ArgumentException($"\"{string.Join('/', path)}\" stands above another column");
        node.Column = column;
    }

    private static void Visit(Node node, List<byte> constant, List<(byte[] Before, int Column)> steps)
    {
        constant.Add((byte)'{');
        bool isFirst = true;
        foreach ((string name, Node child) in node.Children)
        {
            if (!isFirst) constant.Add((byte)',');
            isFirst = false;
            constant.AddRange(Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\":"));
            if (child.Column < 0)
            {
                Visit(child, constant, steps);
                continue;
            }

            steps.Add(([.. constant], child.Column));
            constant.Clear();
        }

        constant.Add((byte)'}');
    }

    private sealed class Node
    {
        // Insertion order: the object's members come in the order of the columns.
        public OrderedDictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public int Column { get; set; } = -1;
    }
}
