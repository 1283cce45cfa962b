using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Tests.Descriptions;

public sealed class ModelRepositoryTests : IDisposable
{
    private readonly TemporaryFolder _models = new();

    public ModelRepositoryTests()
    {
        foreach (string version in new[] { "1", "2", "10", "drafts" })
        {
            Directory.CreateDirectory(Path.Combine(_models.Path, version));
            _models.Write(Path.Combine(version, "model.yaml"), "");
        }

        Directory.CreateDirectory(Path.Combine(_models.Path, "11"));
    }

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("latest", 10)]
    [InlineData("2", 2)]
    public void A_version_is_found_by_number_or_as_the_latest(string version, int expected)
    {
        ModelLocation location = ModelRepository.Resolve(_models.Path, version);
        Assert.Equal(expected, location.Version);
        Assert.Equal(Path.Combine(_models.Path, $"{expected}", "model.yaml"), location.Description);
    }

    [Fact]
    public void A_version_folder_and_its_description_name_themselves()
    {
        string folder = Path.Combine(_models.Path, "2");
        Assert.Equal(new ModelLocation(folder, Path.Combine(folder, "model.yaml"), null), ModelRepository.Resolve(folder));
        Assert.Equal(new ModelLocation(folder, Path.Combine(folder, "model.yaml"), null), ModelRepository.Resolve(Path.Combine(folder, "model.yaml")));
    }

    [Theory]
    [InlineData("3", "has no version 3; there are 1, 2, 10")]
    [InlineData("11", "has no version 11")]
    [InlineData("newest", "has no version newest")]
    public void A_version_that_is_not_there_is_refused_with_those_that_are(string version, string message) =>
        Assert.Contains(message, Assert.Throws<ModelLoadException>(() => ModelRepository.Resolve(_models.Path, version)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_without_a_version_is_refused()
    {
        using TemporaryFolder empty = new();
        Assert.Contains("has no version", Assert.Throws<ModelLoadException>(() => ModelRepository.Resolve(empty.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no model", Assert.Throws<ModelLoadException>(() => ModelRepository.Resolve(Path.Combine(empty.Path, "x"))).Message, StringComparison.Ordinal);
    }
}
