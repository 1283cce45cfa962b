using System.Globalization;
using System.Net;
using System.Text;

namespace StreamInference.Replay.Reports;

/// <summary>
/// Builds HTML by interpolation: what stands in the literal is markup, whatever is put into a hole is text and encoded, so no value of a record can
/// become markup. Numbers are written invariantly.
/// </summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _html = new();

    /// <summary>Appends markup with encoded values.</summary>
    public void Add(FormattableString markup) => _html.Append(Encode(markup));

    /// <summary>Appends a style sheet, a constant of the caller.</summary>
    public void AddStyle(string style) => _html.Append(style);

    /// <summary>Appends markup that was built by this class.</summary>
    public void Add(HtmlText markup) => _html.Append(markup._html);

    /// <inheritdoc/>
    public override string ToString() => _html.ToString();

    private static string Encode(FormattableString markup)
    {
        object?[] encoded = [.. markup.GetArguments().Select(argument => (object?)new Encoded(argument))];
        return string.Format(CultureInfo.InvariantCulture, markup.Format, encoded);
    }

    private sealed class Encoded(object? value) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? provider) =>
            WebUtility.HtmlEncode(value is IFormattable formattable ? formattable.ToString(format, CultureInfo.InvariantCulture) : value?.ToString()) ?? "";
    }
}
