using System.Globalization;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>A filter: <c>value | name(arguments)</c>.</summary>
internal delegate object? Filter(object? value, CallArguments arguments, RenderState state);

/// <summary>The filters that chat templates use.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Filter> Table = new(StringComparer.Ordinal)
    {
        ["trim"] = (v, a, _) => PythonStrings.Trim(PythonText.Str(v), a.Get(0, "chars", null) as string, left: true, right: true),
        ["upper"] = (v, _, _) => PythonText.Str(v).ToUpperInvariant(),
        ["lower"] = (v, _, _) => PythonText.Str(v).ToLowerInvariant(),
        ["capitalize"] = (v, _, _) => PythonStrings.Capitalize(PythonText.Str(v)),
        ["title"] = (v, _, _) => PythonStrings.Title(PythonText.Str(v), static c => !PythonStrings.IsSpace(c) && !"-([{<".Contains(c, StringComparison.Ordinal)),
        ["replace"] = (v, a, state) => StringMethods.Replace(PythonText.Str(v), PythonText.Str(a.Require(0, "old")), PythonText.Str(a.Require(1, "new")), a.Integer(2, "count", -1), state),
        ["string"] = (v, _, state) => state.Checked(PythonText.Str(v)),
        ["safe"] = (v, _, _) => PythonText.Str(v),
        ["escape"] = (v, _, state) => state.Checked(Escape(PythonText.Str(v))),
        ["e"] = (v, _, state) => state.Checked(Escape(PythonText.Str(v))),
        ["indent"] = (v, a, state) => Indent(PythonText.Str(v), a, state),
        ["tojson"] = (v, a, state) => JsonText.Write(v, a, state),
        ["length"] = (v, _, _) => Length(v),
        ["count"] = (v, _, _) => Length(v),
        ["int"] = (v, a, _) => ToInteger(v, a.Get(0, "default", 0L)),
        ["float"] = (v, a, _) => ToFloat(v, a.Get(0, "default", 0.0)),
        ["abs"] = (v, _, _) => Operators.Order("abs", v, 0L) < 0 ? Operators.Negate(v) : v is bool ? ToInteger(v, 0L) : v,
        ["round"] = (v, a, _) => Round(v, a.Integer(0, "precision", 0), a.Text(1, "method", "common")),
        ["default"] = (v, a, _) => Default(v, a),
        ["d"] = (v, a, _) => Default(v, a),
        ["items"] = (v, _, state) => v is MapValue map ? Sequences.Items(map, state) : v is UndefinedValue ? new List<object?>() : throw TemplateException.Failed("items needs a mapping"),
    };

    public static Filter? Find(string name) => Table.GetValueOrDefault(name) ?? SequenceFilters.Find(name);

    private static object? Default(object? value, CallArguments arguments)
    {
        bool replaced = value is UndefinedValue || (arguments.Flag(1, "boolean", false) && !Values.IsTrue(value));
        return replaced ? arguments.Get(0, "default_value", "") : value;
    }

    private static long Length(object? value) => value switch
    {
        string text => PythonStrings.Length(text),
        IReadOnlyList<object?> list => list.Count,
        MapValue map => map.Count,
        UndefinedValue => 0,
        _ => throw TemplateException.Failed($"{Values.TypeName(value)} has no length"),
    };

    private static object? ToInteger(object? value, object? otherwise) => value switch
    {
        bool flag => flag ? 1L : 0L,
        long => value,
        double number when Math.Abs(number) < long.MaxValue => (long)number,
        string text when long.TryParse(text.Trim().Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        string text when TryParseFloat(text, out double number) && Math.Abs(number) < long.MaxValue => (long)number,
        _ => otherwise,
    };

    private static object? ToFloat(object? value, object? otherwise) => value switch
    {
        bool flag => flag ? 1.0 : 0.0,
        long number => (double)number,
        double => value,
        string text when TryParseFloat(text, out double number) => number,
        _ => otherwise,
    };

    private static bool TryParseFloat(string text, out double number) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static object? Round(object? value, int precision, string method)
    {
        if (value is not (long or double or bool) || ToFloat(value, null) is not double number)
            throw TemplateException.Failed($"{Values.TypeName(value)} cannot be rounded");
        if (value is not double && method == "common")
            return value is long ? value : (long)number;
        double scale = Math.Pow(10, precision);
        return method switch
        {
            "common" when precision is >= 0 and <= 15 => Math.Round(number, precision, MidpointRounding.ToEven),
            "common" => Math.Round(number * scale, MidpointRounding.ToEven) / scale,
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw TemplateException.Failed($"round has no method '{method}'"),
        };
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);

    private static string Indent(string text, CallArguments arguments, RenderState state)
    {
        string indent = arguments.Get(0, "width", 4L) as string ?? new string(' ', Math.Clamp(arguments.Integer(0, "width", 4), 0, 1000));
        bool blank = arguments.Flag(2, "blank", false);
        // Jinja adds a newline and splits, so that a last empty line counts as one.
        var lines = PythonStrings.SplitLines(text + "\n", keepEnds: false).Cast<string>().ToList();
        var indented = lines.Select((line, i) => (i > 0 && (blank || line.Length > 0)) || (i == 0 && arguments.Flag(1, "first", false)) ? indent + line : line);
        return Sequences.Join("\n", indented, state);
    }
}
