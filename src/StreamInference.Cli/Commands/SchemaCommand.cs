using System.CommandLine;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer schema</c>: the JSON Schema of pipeline.yaml.</summary>
internal static class SchemaCommand
{
    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "schema",
            "Prints the JSON Schema of pipeline.yaml, for editors that complete and check YAML.",
            ("streaminfer schema > pipeline.schema.json", "write the schema; name it in the first line of a pipeline.yaml: # yaml-language-server: $schema=pipeline.schema.json"));
        command.SetAction(async (_, cancellation) =>
        {
            await context.Out.WriteAsync(PipelineSchema.Create().AsMemory(), cancellation);
            return ExitCodes.Ok;
        });
        return command;
    }
}
