using System.Text;

namespace StreamInference.Llm.Tokenization;

/// <summary>Refuses a host whose globalization is invariant.</summary>
internal static class UnicodeSupport
{
    /// <exception cref="PlatformNotSupportedException">Unicode normalization does nothing here.</exception>
    public static void Require() => Require(static text => text.Normalize(NormalizationForm.FormC));

    internal static void Require(Func<string, string> compose)
    {
        // Without ICU, Normalize returns its argument instead of failing, and token ids would be silently wrong.
        if (compose("e\u0301") != "\u00e9")
        {
            throw new PlatformNotSupportedException(
                "Unicode normalization does nothing on this host, so token ids would be wrong: install ICU (Debian: libicu) " +
                "and run without DOTNET_SYSTEM_GLOBALIZATION_INVARIANT / InvariantGlobalization.");
        }
    }
}
