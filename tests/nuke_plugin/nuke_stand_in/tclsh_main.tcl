# tclsh tclsh_main.tcl DRIVER < script.nk
source [lindex $argv 0]
fconfigure stdin -encoding utf-8
if {[catch {load_nk [read stdin]} answer]} {
    puts stderr $answer
    exit 1
}
puts $answer
