using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace StreamInference.Configuration;

/// <summary>One setting of a configuration record, as the binder, the validator, the schema and the log of the effective configuration see it.</summary>
internal sealed class SettingInfo
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<SettingInfo>> Known = new();

    private readonly PropertyInfo _property;
    private readonly Regex? _pattern;

    private SettingInfo(PropertyInfo property, SettingAttribute attribute)
    {
        _property = property;
        Attribute = attribute;
        Key = SettingType.KeyOf(property.Name);
        Type = SettingType.Of(property.PropertyType);
        IsRequired = property.IsDefined(typeof(RequiredMemberAttribute));
        if (attribute.Pattern is not null) _pattern = new Regex($"^(?:{attribute.Pattern})\\z", RegexOptions.CultureInvariant);
    }

    /// <summary>The settings of a record, in the order of its properties.</summary>
    public static IReadOnlyList<SettingInfo> Of(Type record) => Known.GetOrAdd(record, static type =>
        [.. from property in type.GetProperties()
            let attribute = property.GetCustomAttribute<SettingAttribute>()
            where attribute is not null
            select new SettingInfo(property, attribute)]);

    public SettingAttribute Attribute { get; }

    public string Key { get; }

    /// <summary>The syntax of a single value; null for a section, a list or the client properties.</summary>
    public SettingType? Type { get; }

    public Type PropertyType => _property.PropertyType;

    public bool IsRequired { get; }

    public bool IsList => PropertyType == typeof(IReadOnlyList<string>);

    public bool IsClientProperties => PropertyType == typeof(KafkaConfig);

    public bool IsMap => PropertyType == typeof(IReadOnlyDictionary<string, string>);

    public bool IsSection => Type is null && !IsList && !IsMap && !IsClientProperties;

    public object? Get(object record) => _property.GetValue(record);

    public void Set(object record, object? value) => _property.SetValue(record, value);

    /// <summary>What is wrong with a value by the attribute's limits; null when nothing is.</summary>
    public string? Refuse(object value)
    {
        if (Type is null) return null;
        if (_pattern is not null && !_pattern.IsMatch((string)value)) return $"\"{value}\" must match {Attribute.Pattern}";
        if (Limit(Attribute.Minimum) is { } minimum && minimum.CompareTo(value) > 0) return $"{Type.Format(value)} must be at least {Attribute.Minimum}";
        if (Limit(Attribute.Maximum) is { } maximum && maximum.CompareTo(value) < 0) return $"{Type.Format(value)} must be at most {Attribute.Maximum}";
        return null;
    }

    /// <summary>A limit of the attribute as a value of the setting's type.</summary>
    public IComparable? Limit(string? text)
    {
        if (text is null) return null;
        if (Type!.TryParse(new ScalarNode(text, ScalarStyle.Untyped, ""), out object? value)) return (IComparable)value;
        throw new InvalidOperationException($"The limit \"{text}\" of {Key} is no {Type.Expected}.");
    }
}
