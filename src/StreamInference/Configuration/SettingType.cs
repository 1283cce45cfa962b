using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace StreamInference.Configuration;

/// <summary>The syntax of a setting's values: how they are parsed, written and described. One for each .NET type that a record may use.</summary>
internal abstract partial class SettingType
{
    /// <summary>What a value must be, for messages: "must be …".</summary>
    public abstract string Expected { get; }

    /// <summary>Parses a value.</summary>
    public abstract bool TryParse(ScalarNode node, [NotNullWhen(true)] out object? value);

    /// <summary>Writes a value in the syntax that <see cref="TryParse"/> reads.</summary>
    public virtual string Format(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>The type of a property; null for a section or a list.</summary>
    public static SettingType? Of(Type type)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (bare == typeof(string)) return TextType.Instance;
        if (bare == typeof(int)) return WholeNumberType.Instance;
        if (bare == typeof(double)) return NumberType.Instance;
        if (bare == typeof(bool)) return BooleanType.Instance;
        if (bare == typeof(TimeSpan)) return DurationType.Instance;
        if (bare == typeof(ByteSize)) return SizeType.Instance;
        return bare.IsEnum ? new ChoiceType(bare) : null;
    }

    /// <summary>The key of a property: its name in snake case.</summary>
    public static string KeyOf(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>Whether a plain YAML scalar is a number or a boolean by its look (YAML 1.2, core schema), and so no text.</summary>
    public static bool LooksTyped(string text) => TypedScalar().IsMatch(text);

    [GeneratedRegex(@"^([-+]?(0o[0-7]+|0x[0-9a-fA-F]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)|true|True|TRUE|false|False|FALSE)$", RegexOptions.CultureInvariant)]
    private static partial Regex TypedScalar();

    internal sealed class TextType : SettingType
    {
        public static readonly TextType Instance = new();

        public override string Expected => "a text (a number as text needs quotes)";

        public override bool TryParse(ScalarNode node, [NotNullWhen(true)] out object? value)
        {
            value = node.Text;
            return node.Style != ScalarStyle.Plain || !LooksTyped(node.Text);
        }
    }

    internal sealed class WholeNumberType : SettingType
    {
        public static readonly WholeNumberType Instance = new();

        public override string Expected => "a whole number";

        public override bool TryParse(ScalarNode node, [NotNullWhen(true)] out object? value)
        {
            bool parsed = int.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
            value = number;
            return parsed && node.Style != ScalarStyle.Quoted;
        }
    }

    internal sealed class NumberType : SettingType
    {
        public static readonly NumberType Instance = new();

        public override string Expected => "a number";

        public override bool TryParse(ScalarNode node, [NotNullWhen(true)] out object? value)
        {
            bool parsed = double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number);
            value = number;
            return parsed && node.Style != ScalarStyle.Quoted;
        }
    }

    internal sealed class BooleanType : SettingType
    {
        public static readonly BooleanType Instance = new();

        public override string Expected => "true or false";

        public override string Format(object value) => (bool)value ? "true" : "false";

        public override bool TryParse(ScalarNode node, [NotNullWhen(true)] out object? value)
        {
            value = node.Text == "true";
            return node.Text is "true" or "false" && node.Style != ScalarStyle.Quoted;
        }
    }

    internal sealed class DurationType : SettingType
    {
        public static readonly DurationType Instance = new();

        public override string Expected => "a duration with its unit, such as 5ms, 10s or 2m";

        public override string Format(object value) => Durations.Format((TimeSpan)value);

        public override bool TryParse(ScalarNode node, [NotNullWhen(true)] out object? value)
        {
            bool parsed = Durations.TryParse(node.Text, out TimeSpan duration);
            value = duration;
            return parsed;
        }
    }

    internal sealed class SizeType : SettingType
    {
        public static readonly SizeType Instance = new();

        public override string Expected => "a size such as 512B, 64KiB or 16MiB";

        public override bool TryParse(ScalarNode node, [NotNullWhen(true)] out object? value)
        {
            bool parsed = ByteSize.TryParse(node.Text, out ByteSize size);
            value = size;
            return parsed;
        }
    }

    internal sealed class ChoiceType(Type type) : SettingType
    {
        private readonly Dictionary<string, object> _values =
            Enum.GetValues(type).Cast<object>().ToDictionary(value => KeyOf(value.ToString()!), value => value, StringComparer.Ordinal);

        public IReadOnlyCollection<string> Names => _values.Keys;

        public override string Expected => "one of " + string.Join(", ", Names);

        public override string Format(object value) => KeyOf(value.ToString()!);

        public override bool TryParse(ScalarNode node, [NotNullWhen(true)] out object? value) => _values.TryGetValue(node.Text, out value);
    }
}
