using System.Runtime.InteropServices;

namespace StreamInference.LanguageBenchmarks;

/// <summary>The part of GenAI 0.18's C interface (ort_genai_c.h) that its C# package leaves out: the engine.</summary>
internal static unsafe partial class GenAiNative
{
    private const string Library = "onnxruntime-genai";

    public static void Check(nint result)
    {
        if (result == 0) return;
        string? message = Marshal.PtrToStringUTF8(OgaResultGetError(result));
        OgaDestroyResult(result);
        throw new InvalidOperationException(message);
    }

    [LibraryImport(Library)]
    private static partial nint OgaResultGetError(nint result);

    [LibraryImport(Library)]
    private static partial void OgaDestroyResult(nint result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OgaCreateConfig(string path, out nint config);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OgaConfigOverlay(nint config, string json);

    [LibraryImport(Library)]
    public static partial nint OgaCreateModelFromConfig(nint config, out nint model);

    [LibraryImport(Library)]
    public static partial void OgaDestroyConfig(nint config);

    [LibraryImport(Library)]
    public static partial void OgaDestroyModel(nint model);

    [LibraryImport(Library)]
    public static partial nint OgaCreateEngine(nint model, out nint engine);

    [LibraryImport(Library)]
    public static partial void OgaDestroyEngine(nint engine);

    [LibraryImport(Library)]
    public static partial nint OgaCreateEngineEventBuffer(nint engine, nuint capacity, out nint buffer);

    [LibraryImport(Library)]
    public static partial void OgaDestroyEngineEventBuffer(nint buffer);

    [LibraryImport(Library)]
    public static partial nint OgaEngineRun(nint engine, nint buffer);

    [LibraryImport(Library)]
    public static partial nuint OgaEngineEventBufferGetCount(nint buffer);

    [LibraryImport(Library)]
    public static partial nint OgaEngineEventBufferGet(nint buffer, nuint index);

    [LibraryImport(Library)]
    public static partial nint OgaEngineEventGetFlags(nint item, out uint flags);

    [LibraryImport(Library)]
    public static partial nint OgaEngineEventGetRequest(nint item, out nint request);

    [LibraryImport(Library)]
    public static partial nint OgaEngineHasPendingRequests(nint engine, [MarshalAs(UnmanagedType.I1)] out bool pending);

    [LibraryImport(Library)]
    public static partial nint OgaCreateRequestOptions(out nint options);

    [LibraryImport(Library)]
    public static partial nint OgaRequestOptionsSetMaxSessionTokens(nint options, ulong tokens);

    [LibraryImport(Library)]
    public static partial void OgaDestroyRequestOptions(nint options);

    [LibraryImport(Library)]
    public static partial nint OgaEngineCreateRequest(nint engine, nint options, out nint request);

    [LibraryImport(Library)]
    public static partial nint OgaRequestCreateTurnOptions(nint request, out nint options);

    [LibraryImport(Library)]
    public static partial nint OgaTurnOptionsSetMaxGeneratedTokens(nint options, ulong tokens);

    [LibraryImport(Library)]
    public static partial nint OgaTurnOptionsSetMinGeneratedTokens(nint options, ulong tokens);

    [LibraryImport(Library)]
    public static partial void OgaDestroyTurnOptions(nint options);

    [LibraryImport(Library)]
    public static partial nint OgaRequestBeginTurn(nint request, nint options, int* ids, ulong count, out ulong turn);

    [LibraryImport(Library)]
    public static partial nint OgaRequestClose(nint request);

    [LibraryImport(Library)]
    public static partial void OgaDestroyRequest(nint request);

    [LibraryImport(Library)]
    public static partial nint OgaCreateSequences(out nint sequences);

    [LibraryImport(Library)]
    public static partial nint OgaAppendTokenSequence(int* ids, nuint count, nint sequences);

    [LibraryImport(Library)]
    public static partial void OgaDestroySequences(nint sequences);

    [LibraryImport(Library)]
    public static partial nint OgaCreateGeneratorParams(nint model, out nint parameters);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OgaGeneratorParamsSetSearchNumber(nint parameters, string name, double value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OgaGeneratorParamsSetSearchBool(nint parameters, string name, [MarshalAs(UnmanagedType.I1)] bool value);

    [LibraryImport(Library)]
    public static partial void OgaDestroyGeneratorParams(nint parameters);

    [LibraryImport(Library)]
    public static partial nint OgaCreateGenerator(nint model, nint parameters, out nint generator);

    [LibraryImport(Library)]
    public static partial nint OgaGenerator_AppendTokenSequences(nint generator, nint sequences);

    [LibraryImport(Library)]
    public static partial nint OgaGenerator_GenerateNextToken(nint generator);

    [LibraryImport(Library)]
    public static partial nuint OgaGenerator_GetSequenceCount(nint generator, nuint index);

    [LibraryImport(Library)]
    public static partial int* OgaGenerator_GetSequenceData(nint generator, nuint index);

    [LibraryImport(Library)]
    public static partial void OgaDestroyGenerator(nint generator);
}
