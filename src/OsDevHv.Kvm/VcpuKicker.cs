using System.Runtime.InteropServices;
using OsDevHv.Kvm.Native;

namespace OsDevHv.Kvm;

/// <summary>
/// The signal that takes a thread out of KVM_RUN. Its only effect is the interruption: its handler is a C function that does nothing.
/// </summary>
/// <remarks>
/// SIGRTMIN itself belongs to the .NET runtime, which suspends threads with it: the search starts one above and takes the first signal
/// that nobody in this process handles. The handler cannot be managed code, which must not run in a signal's context.
/// </remarks>
internal static unsafe class VcpuKicker
{
    private static readonly Lazy<int> s_signal = new(Install);

    /// <summary>
    /// Makes sure that the handler is there and that this thread receives the signal. Returns the thread's id for <see cref="Interrupt"/>.
    /// </summary>
    public static nint PrepareCurrentThread()
    {
        var set = default(SignalSet);
        set.Add(s_signal.Value);
        var error = Libc.PthreadSigMask(Libc.SigUnblock, &set, null);
        return error == 0 ? Libc.Syscall(Libc.SysGetTid, 0, 0, 0) : throw new KvmException("pthread_sigmask", error);
    }

    /// <summary>Sends the signal. A thread that has ended needs no interruption, so its absence is no error.</summary>
    public static void Interrupt(nint threadId)
    {
        while (Libc.Syscall(Libc.SysTgkill, Environment.ProcessId, threadId, s_signal.Value) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Errno.NoProcess)
            {
                return;
            }

            if (error != Errno.Again)
            {
                throw new KvmException("tgkill", error);
            }

            // The user's queue of signals is full; it empties as their receivers run.
            Thread.Yield();
        }
    }

    private static int Install()
    {
        var last = Libc.CurrentSigRtMax();
        for (var signal = Libc.CurrentSigRtMin() + 1; signal <= last; signal++)
        {
            SignalAction present;
            if (Libc.SigAction(signal, null, &present) == 0 && present.Handler == 0)
            {
                // KVM_RUN answers EINTR whatever the flags say; SA_RESTART spares all other calls of the thread.
                var action = new SignalAction
                {
                    Handler = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "abs"),
                    Flags = Libc.SaRestart,
                };
                return Libc.SigAction(signal, &action, null) == 0
                    ? signal
                    : throw new KvmException("sigaction", Marshal.GetLastPInvokeError());
            }
        }

        throw new KvmException("No real-time signal is free in this process, and a vCPU cannot be interrupted without one.");
    }
}
