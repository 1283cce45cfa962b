using StreamInference.Onnx.Language;
using StreamInference.Onnx.Sessions;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

public class ModelRefusalTests
{
    [Fact]
    public void A_folder_whose_graph_dropped_the_sliding_window_is_refused_by_name()
    {
        string folder = SharedData.Require($"{Golden.Zoo}/mistral/genai-fp16cuda");
        ModelLoadException e = Assert.Throws<ModelLoadException>(() => LanguageModelLoader.Load(folder));
        Assert.Contains("sliding_window", e.Message, StringComparison.Ordinal);
        Assert.Contains("layer 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_paged_graph_is_refused_with_the_reason()
    {
        string folder = SharedData.Require($"{Golden.Zoo}/llama/genai-pagedcuda");
        ModelLoadException e = Assert.Throws<ModelLoadException>(() => LanguageModelLoader.Load(folder));
        Assert.Contains("PagedAttention", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_contradicts_its_graph_is_refused_with_every_fault()
    {
        using TemporaryFolder copy = Copy("llama/genai-fp32");
        Replace(copy, "genai_config.json", "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 5");
        Replace(copy, "genai_config.json", "\"logits\": \"logits\"", "\"logits\": \"scores\"");
        ModelLoadException e = Assert.Throws<ModelLoadException>(() => LanguageModelLoader.Load(copy.Path));
        Assert.Contains("5 layers", e.Message, StringComparison.Ordinal);
        Assert.Contains("no output scores", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("model.onnx.data")]
    [InlineData("genai_config.json")]
    public void A_truncated_file_is_refused(string file)
    {
        using TemporaryFolder copy = Copy("llama/genai-fp32");
        string path = Path.Combine(copy.Path, file);
        byte[] bytes = File.ReadAllBytes(path);
        for (int cut = 1; cut < 8; cut++)
        {
            File.WriteAllBytes(path, bytes[..(bytes.Length * cut / 8)]);
            Assert.Throws<ModelLoadException>(() => LanguageModelLoader.Load(copy.Path).Dispose());
        }
    }

    [Fact]
    public void A_configuration_cannot_name_a_file_elsewhere()
    {
        using TemporaryFolder copy = Copy("llama/genai-fp32");
        Replace(copy, "genai_config.json", "\"filename\": \"model.onnx\"", "\"filename\": \"../model.onnx\"");
        ModelLoadException e = Assert.Throws<ModelLoadException>(() => LanguageModelLoader.Load(copy.Path));
        Assert.Contains("outside its folder", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_memory_settings_are_refused_all_at_once()
    {
        string folder = SharedData.Require($"{Golden.Zoo}/llama/genai-fp32");
        LanguageModelOptions options = new() { MaxSequences = 0, MaxSequenceLength = 100_000 };
        ModelLoadException e = Assert.Throws<ModelLoadException>(() => LanguageModelLoader.Load(folder, options));
        Assert.Contains("MaxSequences", e.Message, StringComparison.Ordinal);
        Assert.Contains("MaxSequenceLength", e.Message, StringComparison.Ordinal);
    }

    private static TemporaryFolder Copy(string folder)
    {
        string source = SharedData.Require($"{Golden.Zoo}/{folder}");
        TemporaryFolder copy = new();
        foreach (string file in Directory.GetFiles(source))
        {
            string target = Path.Combine(copy.Path, Path.GetFileName(file));
            File.WriteAllBytes(target, File.ReadAllBytes(file));
        }
        return copy;
    }

    private static void Replace(TemporaryFolder folder, string file, string from, string to)
    {
        string path = Path.Combine(folder.Path, file), text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }
}
