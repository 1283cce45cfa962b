using StreamInference.Llm.Tokenization.PreTokenizers;

namespace StreamInference.Llm.Tokenization.Decoders;

/// <summary>The <c>decoder</c> of a tokenizer.json: makes chains of fresh stages.</summary>
internal sealed class DecoderPlan
{
    private readonly List<Func<bool, DecoderStage>> _stages = [];
    private bool _isFused;

    private DecoderPlan()
    {
    }

    /// <summary>The decoder of byte-level models.</summary>
    public static DecoderPlan ByteLevel
    {
        get
        {
            var plan = new DecoderPlan();
            plan._stages.Add(static _ => new ByteLevelStage());
            return plan;
        }
    }

    /// <summary>A chain for one text; <paramref name="streaming"/> chooses early characters over the exact treatment of broken bytes.</summary>
    public DecoderChain CreateChain(bool streaming) => new(_stages.Select(make => make(streaming)));

    public static DecoderPlan Read(JsonCursor? json)
    {
        var plan = new DecoderPlan();
        if (json is { } decoder)
            plan.Add(decoder);
        else
            plan._stages.Add(static _ => new JoinStage());
        return plan;
    }

    private void Add(JsonCursor json)
    {
        switch (json.Text("type"))
        {
            case "Sequence":
                foreach (var item in json.Items("decoders"))
                    Add(item);
                break;
            case "Fuse":
                _isFused = true;
                break;
            case "ByteLevel":
                HoldIfFused();
                _stages.Add(static _ => new ByteLevelStage());
                _isFused = true;
                break;
            case "Replace":
                AddReplace(json);
                break;
            case "Strip":
                AddStrip(json);
                break;
            default:
                HoldIfFused();
                AddTokenStage(json);
                break;
        }
    }

    private void AddTokenStage(JsonCursor json)
    {
        switch (json.Text("type"))
        {
            case "ByteFallback":
                _stages.Add(static streaming => new ByteFallbackStage(streaming));
                break;
            case "Metaspace":
                char mark = PreTokenizerReader.ReadMark(json);
                bool prepended = json.Text("prepend_scheme", json.Flag("add_prefix_space", true) ? "always" : "never") != "never";
                _stages.Add(_ => new MetaspaceStage(mark, prepended));
                break;
            case "WordPiece":
                string prefix = json.Text("prefix", "##");
                bool cleanUp = json.Flag("cleanup", true);
                _stages.Add(_ => new WordPieceStage(prefix, cleanUp));
                break;
            case "BPEDecoder":
                string suffix = json.Text("suffix", "</w>");
                if (suffix.Length == 0)
                    throw json.Error("an empty suffix");
                _stages.Add(_ => new WordSuffixStage(suffix));
                break;
            case var type:
                throw json.Error($"decoder '{type}' is not supported");
        }
    }

    private void AddReplace(JsonCursor json)
    {
        string content = json.Text("content");
        var pattern = json.Get("pattern");
        if (pattern.TryGet("String", out var literal))
        {
            string text = literal.Text();
            if (text.Length == 0)
                throw literal.Error("an empty pattern");
            // One character cannot straddle two parts of a fused text.
            if (text.Length > 1)
                HoldIfFused();
            _stages.Add(_ => new ReplaceStage(text, content));
            return;
        }

        HoldIfFused();
        var regex = SplitPattern.CompileRegex(pattern.Get("Regex"));
        _stages.Add(_ => new RegexReplaceStage(regex, content));
    }

    private void AddStrip(JsonCursor json)
    {
        string content = json.Text("content");
        int start = json.Integer("start");
        int stop = json.Integer("stop");
        if (content.Length != 1 || start < 0 || stop < 0)
            throw json.Error("one character and two counts of at least 0 are expected");
        bool fused = _isFused;
        _stages.Add(_ => fused ? new FusedStripStage(content[0], start, stop) : new StripStage(content[0], start, stop));
    }

    private void HoldIfFused()
    {
        if (_isFused)
            _stages.Add(static _ => new HoldStage());
    }
}
