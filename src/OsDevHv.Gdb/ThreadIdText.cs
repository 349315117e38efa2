namespace OsDevHv.Gdb;

/// <summary>Thread ids as text, with the process before them for a client that counts processes.</summary>
internal static class ThreadIdText
{
    /// <summary>Appends the id of a vCPU's thread.</summary>
    public static void Append(RspFrameWriter writer, int vcpu, ClientFeatures client)
    {
        if (client.HasFlag(ClientFeatures.Multiprocess))
        {
            writer.Append("p1."u8);
        }

        writer.AppendNumber(ThreadId.Of(vcpu).Number);
    }
}
