# Reads a Nuke script as Tcl and prints one line for each thing that it says, every word in hex.
# Nodes' bodies are lists of knob and value; addUserKnob's value is a list again, and so is its menu.
set out {}
set count 0
proc emit {args} {
    global out
    set line {}
    foreach word $args {lappend line "x[binary encode hex [encoding convertto utf-8 $word]]"}
    lappend out [join $line " "]
}
proc stack {place} {
    global count
    incr count
    emit stack $place @$count
    return @$count
}
proc describe {kind body} {
    if {[llength $body] % 2} {error "$kind: its body is no list of knobs and values (an odd number of words)"}
    emit node $kind
    foreach {knob value} $body {
        if {$knob eq "addUserKnob"} {
            emit user {*}$value
            set place [lsearch -exact $value M]
            if {[lindex $value 0] == 4 && $place > 0} {emit menu {*}[lindex $value [expr {$place + 1}]]}
        } else {
            emit knob $knob $value
            if {![catch {llength $value} words] && $words == 1 && [string index $value 0] eq "\{"} {
                emit expression $knob [lindex [lindex $value 0] 0]
            }
        }
    }
    emit made $kind
}
proc unknown {args} {
    set kind [lindex $args 0]
    switch -- [llength $args] {
        1 {emit command $kind}
        2 {
            if {[string match {[A-Z]*} $kind]} {describe $kind [lindex $args 1]} else {
                emit command $kind [lindex $args 1]
                if {$kind eq "add_layer"} {emit layer {*}[lindex $args 1]}
            }
        }
        default {error "$kind: [llength $args] words in one command"}
    }
    return ""
}
proc load_nk {source} {
    global out
    uplevel #0 $source
    return [join $out "\n"]
}
