using System.Globalization;
using System.Text;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Values as Python prints them: <c>str</c>, <c>repr</c>.</summary>
internal static class PythonText
{
    private const int MaxDepth = 64;
    private const int MaxLength = 4 * 1024 * 1024;

    public static string Str(object? value) => value switch
    {
        string text => text,
        UndefinedValue => "",
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => Repr(value),
    };

    public static string Repr(object? value)
    {
        var text = new StringBuilder();
        AppendRepr(text, value, 0);
        return text.ToString();
    }

    /// <summary>The shortest text that reads back as the same number, with Python's choice of notation.</summary>
    public static string Float(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        string sign = double.IsNegative(value) ? "-" : "";
        if (value == 0)
            return sign + "0.0";
        var (digits, exponent) = Shortest(Math.Abs(value));
        if (exponent is < -4 or >= 16)
        {
            string mantissa = digits.Length > 1 ? digits[..1] + "." + digits[1..] : digits;
            return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
        }

        if (exponent < 0)
            return sign + "0." + new string('0', -exponent - 1) + digits;
        digits = digits.PadRight(exponent + 2, '0');
        return $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    // The shortest digits that read back as the same number, and the power of ten of the first.
    private static (string Digits, int Exponent) Shortest(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), CultureInfo.InvariantCulture);
        string mantissa = mark < 0 ? text : text[..mark];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        exponent += (point < 0 ? mantissa.Length : point) - 1;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        string significant = digits.TrimStart('0');
        return (significant.TrimEnd('0'), exponent - (digits.Length - significant.Length));
    }

    private static void AppendRepr(StringBuilder text, object? value, int depth)
    {
        if (depth > MaxDepth)
            throw TemplateException.Limit("a value is nested too deeply to print");
        if (text.Length > MaxLength)
            throw TemplateException.Limit($"a printed value is longer than {MaxLength}");
        switch (value)
        {
            case null:
                text.Append("None");
                break;
            case bool flag:
                text.Append(flag ? "True" : "False");
                break;
            case long number:
                text.Append(number);
                break;
            case double number:
                text.Append(Float(number));
                break;
            case string inner:
                AppendQuoted(text, inner);
                break;
            case UndefinedValue:
                text.Append("Undefined");
                break;
            case object?[] tuple:
                AppendItems(text, '(', tuple, tuple.Length == 1 ? ",)" : ")", depth);
                break;
            case IReadOnlyList<object?> list:
                AppendItems(text, '[', list, "]", depth);
                break;
            case MapValue map:
                AppendMap(text, map, depth);
                break;
            default:
                throw TemplateException.Failed($"{Values.TypeName(value)} cannot be printed");
        }
    }

    private static void AppendItems(StringBuilder text, char open, IReadOnlyList<object?> items, string close, int depth)
    {
        text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                text.Append(", ");
            AppendRepr(text, items[i], depth + 1);
        }

        text.Append(close);
    }

    private static void AppendMap(StringBuilder text, MapValue map, int depth)
    {
        text.Append('{');
        string separator = "";
        foreach (var (key, value) in map)
        {
            text.Append(separator);
            AppendRepr(text, key, depth + 1);
            text.Append(": ");
            AppendRepr(text, value, depth + 1);
            separator = ", ";
        }

        text.Append('}');
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        char quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Append(quote);
        foreach (var rune in value.EnumerateRunes())
        {
            string escaped = rune.Value switch
            {
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when rune.Value == quote => "\\" + quote,
                _ => IsPrintable(rune) ? rune.ToString() : Hexadecimal(rune.Value),
            };
            text.Append(escaped);
        }

        text.Append(quote);
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static string Hexadecimal(int codePoint) => codePoint switch
    {
        < 0x100 => $"\\x{codePoint:x2}",
        < 0x10000 => $"\\u{codePoint:x4}",
        _ => $"\\U{codePoint:x8}",
    };
}
