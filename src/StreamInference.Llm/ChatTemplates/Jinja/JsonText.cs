using System.Globalization;
using System.Text;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>
/// <c>tojson</c> as the transformers library defines it for chat templates: Python's <c>json.dumps</c> with <c>ensure_ascii</c> off and no HTML escapes.
/// </summary>
internal static class JsonText
{
    private const int MaxDepth = 64;

    public static string Write(object? value, CallArguments arguments, RenderState state)
    {
        string? indent = arguments.Get(1, "indent", null) switch
        {
            null => null,
            string text => text,
            long width => new string(' ', (int)Math.Clamp(width, 0, 100)),
            _ => throw TemplateException.Failed("tojson: 'indent' must be a number or a string"),
        };
        var (item, key) = indent is null ? (", ", ": ") : (",", ": ");
        if (arguments.Get(2, "separators", null) is IReadOnlyList<object?> { Count: 2 } separators)
            (item, key) = (PythonText.Str(separators[0]), PythonText.Str(separators[1]));
        var writer = new Writer(new StringBuilder(), indent, item, key, arguments.Flag(3, "sort_keys", false), arguments.Flag(0, "ensure_ascii", false), state);
        writer.Append(value, 0);
        return writer.Text.ToString();
    }

    private sealed record Writer(StringBuilder Text, string? Indent, string ItemSeparator, string KeySeparator, bool SortKeys, bool EnsureAscii, RenderState State)
    {
        public void Append(object? value, int depth)
        {
            if (depth > MaxDepth)
                throw TemplateException.Limit("a value is nested too deeply for JSON");
            State.Charge(1);
            State.CheckLength(Text.Length);
            switch (value)
            {
                case null:
                    Text.Append("null");
                    break;
                case bool flag:
                    Text.Append(flag ? "true" : "false");
                    break;
                case long number:
                    Text.Append(number);
                    break;
                case double number:
                    Text.Append(Number(number));
                    break;
                case string text:
                    AppendString(text);
                    break;
                case IReadOnlyList<object?> list:
                    AppendAll('[', ']', list, depth, item => Append(item, depth + 1));
                    break;
                case MapValue map:
                    var entries = SortKeys ? map.OrderBy(e => KeyText(e.Key), StringComparer.Ordinal) : map.AsEnumerable();
                    AppendAll('{', '}', [.. entries], depth, entry => AppendEntry(entry, depth));
                    break;
                default:
                    throw TemplateException.Failed($"{Values.TypeName(value)} is not JSON");
            }
        }

        private void AppendEntry(KeyValuePair<object, object?> entry, int depth)
        {
            AppendString(KeyText(entry.Key));
            Text.Append(KeySeparator);
            Append(entry.Value, depth + 1);
        }

        private void AppendAll<T>(char open, char close, IReadOnlyList<T> items, int depth, Action<T> append)
        {
            Text.Append(open);
            for (int i = 0; i < items.Count; i++)
            {
                if (i > 0)
                    Text.Append(ItemSeparator);
                AppendLine(depth + 1);
                append(items[i]);
            }

            if (items.Count > 0)
                AppendLine(depth);
            Text.Append(close);
        }

        private void AppendLine(int depth)
        {
            if (Indent is null)
                return;
            Text.Append('\n');
            for (int i = 0; i < depth; i++)
                Text.Append(Indent);
        }

        private void AppendString(string text)
        {
            State.Charge(text.Length);
            State.CheckLength(Text.Length + (long)text.Length);
            Text.Append('"');
            foreach (char c in text)
            {
                string? escaped = c switch
                {
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    '\b' => "\\b",
                    '\f' => "\\f",
                    _ when c < ' ' || (EnsureAscii && c > '~') => $"\\u{(int)c:x4}",
                    _ => null,
                };
                if (escaped is null)
                    Text.Append(c);
                else
                    Text.Append(escaped);
            }

            Text.Append('"');
        }

        private static string KeyText(object key) => key switch
        {
            string text => text,
            bool flag => flag ? "true" : "false",
            long number => number.ToString(CultureInfo.InvariantCulture),
            double number => Number(number),
            _ => throw TemplateException.Failed("a tuple is not a key of JSON"),
        };

        private static string Number(double number) => number switch
        {
            double.PositiveInfinity => "Infinity",
            double.NegativeInfinity => "-Infinity",
            _ when double.IsNaN(number) => "NaN",
            _ => PythonText.Float(number),
        };
    }
}
