namespace OsDevHv.Machine.Boot.Limine;

/// <summary>The features that are answered ("Feature List"). Those not here are left unanswered, as is what is not known.</summary>
internal enum LimineFeature
{
    BootloaderInfo,
    ExecutableCommandLine,
    FirmwareType,
    StackSize,
    DirectMap,
    Framebuffer,
    PagingMode,
    Multiprocessor,
    MemoryMap,
    EntryPoint,
    ExecutableFile,
    Module,
    Rsdp,
    Smbios,
    DateAtBoot,
    ExecutableAddress,
    BootloaderPerformance,
    KeepIommu,
    TscFrequency,
    Entropy,
}

/// <summary>The numbers by which requests, the base revision tag and the delimiters are found.</summary>
internal static class LimineMagic
{
    /// <summary>LIMINE_COMMON_MAGIC, with which every request begins.</summary>
    public static readonly (ulong First, ulong Second) Request = (0xc7b1_dd30_df4c_8b88, 0x0a82_e883_a194_f07b);

    /// <summary>The base revision tag.</summary>
    public static readonly (ulong First, ulong Second) BaseRevision = (0xf956_2b2d_5c95_a6c8, 0x6a7b_3849_4453_6bdc);

    /// <summary>The end marker.</summary>
    public static readonly (ulong First, ulong Second) End = (0xadc0_e053_1bb1_0d03, 0x9572_709f_3176_4c62);

    /// <summary>The start marker.</summary>
    public static readonly ulong[] Start = [0xf6b8_f4b3_9de7_d1ae, 0xfab9_1a69_40fc_b9cf, 0x785c_6ed0_15d3_e316, 0x181e_920a_7852_b9d9];

    /// <summary>What follows the common magic.</summary>
    public static readonly Dictionary<(ulong Third, ulong Fourth), LimineFeature> Features = new()
    {
        [(0xf550_38d8_e2a1_202f, 0x2794_26fc_f5f5_9740)] = LimineFeature.BootloaderInfo,
        [(0x4b16_1536_e598_651e, 0xb390_ad4a_2f1f_303a)] = LimineFeature.ExecutableCommandLine,
        [(0x8c2f_75d9_0bef_28a8, 0x7045_a468_8eac_00c3)] = LimineFeature.FirmwareType,
        [(0x224e_f046_0a8e_8926, 0xe1cb_0fc2_5f46_ea3d)] = LimineFeature.StackSize,
        [(0x48dc_f1cb_8ad2_b852, 0x6398_4e95_9a98_244b)] = LimineFeature.DirectMap,
        [(0x9d58_27dc_d881_dd75, 0xa314_8604_f6fa_b11b)] = LimineFeature.Framebuffer,
        [(0x95c1_a0ed_ab09_44cb, 0xa4e5_cb38_42f7_488a)] = LimineFeature.PagingMode,
        [(0x95a6_7b81_9a1b_857e, 0xa0b6_1b72_3b6a_73e0)] = LimineFeature.Multiprocessor,
        [(0x67cf_3d9d_378a_806f, 0xe304_acdf_c50c_3c62)] = LimineFeature.MemoryMap,
        [(0x13d8_6c03_5a1c_d3e1, 0x2b0c_aa89_d8f3_026a)] = LimineFeature.EntryPoint,
        [(0xad97_e90e_83f1_ed67, 0x31eb_5d1c_5ff2_3b69)] = LimineFeature.ExecutableFile,
        [(0x3e7e_2797_02be_32af, 0xca1c_4f3b_d128_0cee)] = LimineFeature.Module,
        [(0xc5e7_7b6b_397e_7b43, 0x2763_7845_accd_cf3c)] = LimineFeature.Rsdp,
        [(0x9e90_46f1_1e09_5391, 0xaa4a_520f_efbd_e5ee)] = LimineFeature.Smbios,
        [(0x5027_46e1_84c0_88aa, 0xfbc5_ec83_e632_7893)] = LimineFeature.DateAtBoot,
        [(0x71ba_7686_3cc5_5f63, 0xb264_4a48_c516_a487)] = LimineFeature.ExecutableAddress,
        [(0x6b50_ad9b_f36d_13ad, 0xdc4c_7e88_fc75_9e17)] = LimineFeature.BootloaderPerformance,
        [(0x8eba_abe5_1f49_0179, 0x2aa8_6a59_ffb4_ab0f)] = LimineFeature.KeepIommu,
        [(0x10f2_ee1d_87d1_95e4, 0xf747_a2b7_8f6d_db31)] = LimineFeature.TscFrequency,
        [(0x65ea_8025_5d56_82c5, 0x9117_2407_23f4_93eb)] = LimineFeature.Entropy,
    };
}
