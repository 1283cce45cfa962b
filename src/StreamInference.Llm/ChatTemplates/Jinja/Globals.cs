using System.Globalization;
using System.Text;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>The functions that every template may call.</summary>
internal static class Globals
{
    private const int MaxRange = 100_000;

    public static Scope CreateScope()
    {
        var scope = new Scope(null);
        Add(scope, "range", (arguments, state) => Range(arguments, state));
        Add(scope, "namespace", (arguments, _) => CreateNamespace(arguments));
        Add(scope, "dict", (arguments, _) => CreateMap(arguments));
        Add(scope, "raise_exception", (arguments, _) =>
            throw new TemplateException(ChatTemplateErrorCode.Refused, PythonText.Str(arguments.Require(0, "message"))));
        Add(scope, "strftime_now", (arguments, state) => FormatTime(arguments.Text(0, "format"), state.Clock.GetLocalNow()));
        return scope;
    }

    private static void Add(Scope scope, string name, Func<CallArguments, RenderState, object?> call) =>
        scope.Set(name, new CallableValue(name, call));

    private static List<object?> Range(CallArguments arguments, RenderState state)
    {
        bool hasStart = arguments.Positional.Count > 1;
        long start = hasStart ? arguments.Integer(0, "start", 0) : 0;
        long stop = arguments.Integer(hasStart ? 1 : 0, "stop", 0);
        long step = arguments.Integer(2, "step", 1);
        if (step == 0)
            throw TemplateException.Failed("range needs a step that is not zero");
        long count = Math.Max(0, ((stop - start) + step - Math.Sign(step)) / step);
        if (count > MaxRange)
            throw TemplateException.Limit($"a range is longer than {MaxRange}");
        state.Charge(count);
        var items = new List<object?>((int)count);
        for (long i = 0; i < count; i++)
            items.Add(start + (i * step));
        return items;
    }

    private static NamespaceValue CreateNamespace(CallArguments arguments)
    {
        var space = new NamespaceValue();
        foreach (var (key, value) in CreateMap(arguments))
            space.Attributes[PythonText.Str(key)] = value;
        return space;
    }

    private static MapValue CreateMap(CallArguments arguments)
    {
        var map = new MapValue();
        if (arguments.Positional.Count > 0)
        {
            if (arguments.Positional[0] is not MapValue source)
                throw TemplateException.Failed("a mapping is expected");
            foreach (var (key, value) in source)
                map[key] = value;
        }

        foreach (var (key, value) in arguments.Named)
            map[key] = value;
        return map;
    }

    // The codes of strftime; an unknown one stays as written.
    private static string FormatTime(string format, DateTimeOffset now)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            bool unpadded = format[i + 1] == '-' && i + 2 < format.Length;
            i += unpadded ? 2 : 1;
            string part = FormatPart(format[i], now);
            text.Append(unpadded && part.Length > 1 ? part.TrimStart('0') : part);
        }

        return text.ToString();
    }

    private static string FormatPart(char code, DateTimeOffset now)
    {
        string Format(string pattern) => now.ToString(pattern, CultureInfo.InvariantCulture);
        return code switch
        {
            'Y' => Format("yyyy"),
            'y' => Format("yy"),
            'm' => Format("MM"),
            'B' => Format("MMMM"),
            'b' or 'h' => Format("MMM"),
            'd' => Format("dd"),
            'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'A' => Format("dddd"),
            'a' => Format("ddd"),
            'H' => Format("HH"),
            'I' => Format("hh"),
            'M' => Format("mm"),
            'S' => Format("ss"),
            'p' => Format("tt"),
            'f' => Format("ffffff"),
            'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'F' => Format("yyyy-MM-dd"),
            'T' => Format("HH:mm:ss"),
            'D' => Format("MM/dd/yy"),
            'R' => Format("HH:mm"),
            'w' => ((int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'z' => Format("zzz").Replace(":", "", StringComparison.Ordinal),
            '%' => "%",
            _ => "%" + code,
        };
    }
}
