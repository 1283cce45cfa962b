using System.Text;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>One rendering: its output, its budget and its clock. A template can use no more than the limits, whatever it loops over.</summary>
internal sealed class RenderState(RenderLimits limits, TimeProvider clock)
{
    private readonly Stack<StringBuilder> _captured = new();
    private StringBuilder _output = new();
    private long _workLeft = limits.MaxWork;
    private int _depth;

    public TimeProvider Clock { get; } = clock;

    public string Output => _output.ToString();

    public void Write(string text)
    {
        Charge(1 + text.Length);
        CheckLength((long)_output.Length + text.Length);
        _output.Append(text);
    }

    /// <summary>Redirects the output until <see cref="EndCapture"/>.</summary>
    public void BeginCapture()
    {
        _captured.Push(_output);
        _output = new StringBuilder();
    }

    public string EndCapture()
    {
        string text = _output.ToString();
        _output = _captured.Pop();
        return text;
    }

    /// <summary>Pays for work; roughly one unit for each item or character looked at.</summary>
    public void Charge(long units)
    {
        _workLeft -= units;
        if (_workLeft < 0)
            throw TemplateException.Limit($"the template does more than {limits.MaxWork} units of work");
    }

    /// <summary>Refuses a string or list that is too long before it is made.</summary>
    public void CheckLength(long length)
    {
        if (length > limits.MaxLength)
            throw TemplateException.Limit($"a text or list is longer than {limits.MaxLength}");
    }

    /// <summary>Refuses a string or list that is too long before it is made, and pays for making it.</summary>
    public void Reserve(long length)
    {
        CheckLength(length);
        Charge(length);
    }

    public void CheckProduct(long length, long times)
    {
        if (length > 0 && times > limits.MaxLength / length)
            throw TemplateException.Limit($"a text or list is longer than {limits.MaxLength}");
        // Repeating nothing is still a loop.
        CheckLength(times);
        Charge(times + (length * times));
    }

    public string Checked(string text)
    {
        Reserve(text.Length);
        return text;
    }

    public void Enter()
    {
        if (++_depth > limits.MaxDepth)
            throw TemplateException.Limit($"calls are nested more than {limits.MaxDepth} deep");
    }

    public void Leave() => _depth--;
}

/// <summary>What one rendering may use.</summary>
internal sealed record RenderLimits(long MaxLength, long MaxWork, int MaxDepth);
