using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// The members of the last object seen at a place, in order: the bytes from the end of one value to the start of the next (<c>,"amount": </c>).
/// Records of one producer look alike, so the next record is expected to have the same bytes there, and one comparison takes the place of
/// scanning and looking up a name. A wrong expectation costs the comparison.
/// </summary>
internal sealed unsafe class MemberLayout
{
    private const int LongestLead = 32;
    private const int MostMembers = 1024;

    private Member[] _members = [];

    /// <summary>Whether the bytes at <paramref name="at"/> are those of member <paramref name="position"/> of the last object.</summary>
    /// <returns>The start of the value; null when they are not.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Match(int position, byte* at, byte* end, out FieldNode? child)
    {
        child = null;
        if ((uint)position >= (uint)_members.Length || end - at < LongestLead) return null;
        ref readonly Member member = ref _members[position];
        uint equal = Vector256.Equals(Vector256.Load(at), Vector256.LoadUnsafe(in member.Lead[0])).ExtractMostSignificantBits();
        if ((equal & member.Mask) != member.Mask || member.Length == 0) return null;
        child = member.Child;
        return at + member.Length;
    }

    /// <summary>Remembers a member.</summary>
    internal void Learn(int position, ReadOnlySpan<byte> lead, FieldNode? child)
    {
        if (position >= MostMembers || lead.Length > LongestLead) return;
        if (position >= _members.Length) Array.Resize(ref _members, Math.Min(Math.Max(16, position * 2), MostMembers));
        ref Member member = ref _members[position];
        member = new Member { Length = lead.Length, Mask = lead.Length == 32 ? uint.MaxValue : (1u << lead.Length) - 1, Child = child };
        lead.CopyTo(member.Lead);
    }

    private struct Member
    {
        internal LeadBytes Lead;
        internal uint Mask;
        internal int Length;
        internal FieldNode? Child;
    }

    [InlineArray(LongestLead)]
    private struct LeadBytes
    {
        private byte _first;
    }
}
