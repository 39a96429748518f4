using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MicroChat.Kernels;

/// <summary>The arguments of a kernel and what each member of a crew does with them.</summary>
internal interface ICrewWork
{
    public void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>;
}

/// <summary>Runs a kernel with the widest registers that this processor runs at full speed.</summary>
internal static unsafe class CrewWork
{
    /// <summary>Elements below which waking the others costs more than they help.</summary>
    public const long WorthSharing = 8_192;

    /// <summary>Runs the work on every member, or on the caller alone when it is small.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="work">Arguments; members may change them through atomic operations.</param>
    /// <param name="elements">About how many floats are touched.</param>
    public static void Run<TWork>(Crew crew, TWork work, long elements)
        where TWork : unmanaged, ICrewWork
    {
        delegate*<void*, int, int, void> member =
            Vector512.IsHardwareAccelerated ? &Member<TWork, Lanes512>
            : Vector256.IsHardwareAccelerated ? &Member<TWork, Lanes256>
            : &Member<TWork, Lanes1>;
        if (elements < WorthSharing)
        {
            member(&work, 0, 1);
        }
        else
        {
            crew.Run(member, &work);
        }
    }

    /// <summary>The member's share of [0, total): starts are multiples of <paramref name="grain"/>, shares differ by one grain at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int From, int To) Share(int total, int member, int members, int grain = 1)
    {
        long grains = (total + (long)grain - 1) / grain;
        return ((int)Math.Min(grains * member / members * grain, total), (int)Math.Min(grains * (member + 1) / members * grain, total));
    }

    private static void Member<TWork, V>(void* work, int member, int members)
        where TWork : unmanaged, ICrewWork
        where V : unmanaged, ILanes<V> => ((TWork*)work)->Run<V>(member, members);
}
